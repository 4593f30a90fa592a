"""The numbers of a Plotly figure as a table."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

Column = NDArray[Any]

_PARTS = ("x", "y", "z", "text")


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """Return what a figure draws, one row a point or cell.

    Columns are the panel (`meta` of the trace, else the title of its vertical axis), the name of
    the trace, its coordinates "x", "y" and "z", "text", its `customdata` ("data 1", ...) and the
    half widths of its intervals ("y above", "y below"). What no trace has is left out, and the
    panel if there is but one; so are gaps, points without a mark and text that only labels others.
    Cells of a grid are listed row after row.
    """
    drawn = (
        trace for trace in figure.data if trace["mode" if "mode" in trace else "type"] != "text"
    )
    parts = [_trace_table(trace, _panel(figure, trace)) for trace in drawn]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({"trace": []})
    table = pd.concat(filled, ignore_index=True)
    return table.drop(columns="panel") if table["panel"].nunique() < 2 else table


def decoded(values: Any) -> Column:
    """Return an array of a figure, which may be packed as Plotly packs it: base 64 of a dtype."""
    if isinstance(values, dict) and "bdata" in values:
        flat = np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"]))
        shape = values.get("shape", str(flat.size))
        sizes = [int(n) for n in str(shape).split(",")]
        return flat.reshape(sizes)
    if isinstance(values, np.ndarray):
        return values
    rows = list(values)
    if rows and all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return np.array([list(row) for row in rows], dtype=object)
    made = np.empty(len(rows), dtype=object)
    made[:] = rows
    return made


def _trace_table(trace: Any, panel: str) -> pd.DataFrame:
    columns = {name: decoded(trace[name]) for name in _PARTS if _many(trace, name)}
    if columns.get("z", np.empty(0)).ndim == 2:
        columns = _grid(columns)
    size = max((len(column) for column in columns.values()), default=0)
    columns |= dict(_intervals(trace)) | dict(_custom(trace, size))
    series = {name: pd.Series(column) for name, column in columns.items()}
    table = pd.DataFrame(series)
    places = [name for name in ("x", "y", "z") if name in columns]
    table = table[_marked(trace, size)].dropna(how="all", subset=places).infer_objects()
    table.insert(0, "trace", trace.name or "")
    table.insert(0, "panel", panel)
    return table


def _marked(trace: Any, size: int) -> Column:
    """Which points have a mark, if each has a size of its own."""
    sizes = trace["marker"]["size"] if "marker" in trace and "size" in trace["marker"] else None
    return np.ones(size, bool) if sizes is None or np.ndim(sizes) == 0 else decoded(sizes) != 0


def _many(trace: Any, name: str) -> bool:
    """Whether a trace has a list of these."""
    return name in trace and trace[name] is not None and not isinstance(trace[name], str)


def _grid(columns: dict[str, Column]) -> dict[str, Column]:
    """One row a cell."""
    rows, width = columns["z"].shape
    x, y = columns.get("x", np.arange(width)), columns.get("y", np.arange(rows))
    flat = {"x": np.tile(x, rows), "y": np.repeat(y, width)}
    return flat | {name: columns[name].ravel() for name in ("z", "text") if name in columns}


def _custom(trace: Any, size: int) -> Iterator[tuple[str, Column]]:
    if not _many(trace, "customdata"):
        return
    values = decoded(trace["customdata"])
    if values.size % max(size, 1):
        return
    for number, column in enumerate(values.reshape(size, -1).T, 1):
        yield f"data {number}", column


def _intervals(trace: Any) -> Iterator[tuple[str, Column]]:
    for letter in ("x", "y"):
        if f"error_{letter}" not in trace:
            continue
        bars = trace[f"error_{letter}"]
        if bars.array is not None:
            yield f"{letter} above", decoded(bars.array)
            below = bars.array if bars.arrayminus is None else bars.arrayminus
            yield f"{letter} below", decoded(below)


def _panel(figure: go.Figure, trace: Any) -> str:
    if isinstance(trace.meta, str):
        return trace.meta
    if "yaxis" not in trace:
        return ""
    axis = figure.layout[f"yaxis{(trace['yaxis'] or 'y')[1:]}"]
    return str(axis.title.text or "")
