"""Features in two dimensions, coloured by class, by group, or by what a method changes."""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.style import base_figure, plain


class Kind(NamedTuple):
    """Points that are drawn alike.

    Attributes
    ----------
    name, color, symbol : str
    rows : int array
        Which points these are.
    size : float
        Pixels.
    """

    name: str
    color: str
    symbol: str
    rows: NDArray[np.int64]
    size: float = 5.0


def map_figure(
    points: NDArray[np.floating],
    kinds: list[Kind],
    words: list[str],
    shares: tuple[float, float] | None,
    height: int = 520,
) -> go.Figure:
    """Draw points of some kinds, the last on top.

    Parameters
    ----------
    points : (N, 2) array
    kinds : list of Kind
    words : list of N str
        What the hover says.
    shares : (first, second) or None
        Of the variance along each principal axis; None for UMAP, whose axes mean nothing.
    height : int
        Pixels.
    """
    figure = base_figure(height, hovermode="closest")
    text = np.array([plain(word) for word in words])
    for kind in kinds:
        figure.add_trace(
            go.Scatter(
                x=points[kind.rows, 0].astype(np.float32),
                y=points[kind.rows, 1].astype(np.float32),
                mode="markers",
                marker={
                    "color": kind.color,
                    "symbol": kind.symbol,
                    "size": kind.size,
                    "opacity": 0.75,
                },
                name=f"{plain(kind.name)} ({kind.rows.size:,})",
                text=text[kind.rows],
                hovertemplate="%{text}<extra></extra>",
                showlegend=len(kinds) <= 12,
            )
        )
    if shares is None:
        figure.update_xaxes(title="UMAP", showticklabels=False, showgrid=False)
        figure.update_yaxes(showticklabels=False, showgrid=False)
        return figure
    for update, share, name in (
        (figure.update_xaxes, shares[0], "first"),
        (figure.update_yaxes, shares[1], "second"),
    ):
        update(title=f"{name} principal axis ({share:.0%} of the variance)", nticks=6)
    return figure


def alt_text(kinds: list[Kind], shares: tuple[float, float] | None) -> str:
    """What the map shows: how many points of each kind."""
    parts = ", ".join(f"{kind.name} {kind.rows.size:,}" for kind in kinds[:12])
    more = f" and {len(kinds) - 12} more" if len(kinds) > 12 else ""
    axes = (
        "by UMAP"
        if shares is None
        else f"on two principal axes, which hold {sum(shares):.0%} of the variance"
    )
    return f"Test rows {axes}: {parts}{more}."
