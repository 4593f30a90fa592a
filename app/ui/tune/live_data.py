"""What the live curves of /tune are given: exact numbers, packed, and marks for the slider."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import ADJUSTERS, AdjusterName
from app.adjust.curve import Curve
from app.adjust.metrics import METRIC_TITLES, METRICS, SHORT_TITLES
from app.data import Upload
from app.figures.classes import frequency_order
from app.figures.curves import alt_text, drawn_steps
from app.figures.palette import GROUP_COLORS, class_colors
from app.figures.style import ADJUSTER_COLORS, ADJUSTER_DASHES
from app.tune import TuneSpec, class_labels
from app.tune.by_hand import parameter_of
from app.tune.curves import TunedCurve
from app.tune.look_up import LookUp
from app.tune.spread import SpreadFit
from app.ui.packing import in_steps, packed
from app.ui.tune.words import judged_words

# Plotly's names of dashes as lengths of strokes and gaps.
_DASHES = {"solid": "", "dash": "8 6", "dot": "2 4", "dashdot": "9 4 2 4", "longdash": "14 6"}


@dataclass(frozen=True)
class Snap:
    """A parameter worth a mark on the slider."""

    value: float
    label: str
    help: str


def snap_points(spec: TuneSpec, optimum: float, spread: SpreadFit | None) -> list[Snap]:
    """Parameters of the adjuster in focus that have a reason, within the bounds."""
    name, found = parameter_of(spec.focus), [Snap(optimum, "optimum", "Back to the tuned optimum.")]
    if name == "gamma":
        found.append(Snap(0.5, "theory", "1/2, for complete collapse (Hasegawa and Sato, 2025)."))
    if name == "gamma" and spread is not None and spread.exponent > 0:
        words = (
            f"The features spread as n to the power -{spread.exponent:.2f} ± {spread.error:.2f}."
        )
        found.append(Snap(round(spread.exponent, 4), "spread", words))
    if spec.focus == "ala":
        found.append(Snap(1.0, "theory", "1, right for calibrated logits (Menon et al., 2021)."))
    return [snap for snap in found if spec.low <= snap.value <= spec.high]


def curve_data(
    spec: TuneSpec,
    curves: list[TunedCurve],
    raw: float,
    positions: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    """What is drawn: the exact curves on the tuning data, thinned to what a screen can show.

    Their values at the cursor come with them if its positions are given.
    """
    bounds, title = (spec.low, spec.high), METRIC_TITLES[spec.metric]
    cursor = np.empty(0) if positions is None else positions
    return {
        "bounds": bounds,
        "metric": title,
        "alt": alt_text(curves, raw, title),
        "raw": _number(raw),
        "rawColor": ADJUSTER_COLORS["raw"],
        "positions": packed(cursor, "<f8"),
        "curves": [
            {
                "title": ADJUSTERS[t.name].title,
                "color": ADJUSTER_COLORS[t.name],
                "dash": _DASHES[ADJUSTER_DASHES[t.name]],
                "focus": t.name == spec.focus,
                **_steps(t.curve, bounds),
                "at": packed(t.curve.at(cursor)),
                "best": [t.optimum.value, t.optimum.score, *t.bootstrap.interval()],
            }
            for t in curves
        ],
        "groups": [
            {
                "title": f"{group.capitalize()} ({ADJUSTERS[t.name].title})",
                "color": GROUP_COLORS[group],
                **_steps(curve, bounds),
                "at": packed(curve.at(cursor)),
            }
            for t in curves
            for group, curve in t.groups.items()
        ],
        "band": _band(spec.focus, curves),
    }


def readout_data(spec: TuneSpec, table: LookUp, upload: Upload) -> dict[str, Any]:
    """What is shown at the cursor: metrics, recalls, fixed and broken, at every position."""
    assert upload.class_counts is not None
    counts, labels = upload.class_counts, class_labels(upload)
    shown = [m for m in METRICS if m in SHORT_TITLES or m == spec.metric]
    order = frequency_order(counts)
    return {
        "where": f"on {judged_words(spec, table.samples)}",
        "binned": len(table.ranks) < counts.size,
        # In full, for they may lie between two roundings, and are compared with the page's table.
        "scores": packed(np.vstack([table.scores[m] for m in shown]), "<f8"),
        "recalls": packed(table.recalls),
        "moved": packed(np.vstack([table.fixed, table.broken]), "<i4"),
        "metrics": [
            {
                "title": SHORT_TITLES.get(m, METRIC_TITLES[m]),
                "raw": _number(table.raw_scores[m]),
                "chosen": m == spec.metric,
            }
            for m in shown
        ],
        "bins": [
            {"raw": _number(recall), "color": color, **_bin_words(ranks, order, counts, labels)}
            for recall, color, ranks in zip(
                table.raw_recalls, class_colors(len(table.ranks)), table.ranks, strict=True
            )
        ],
    }


def live_data(
    spec: TuneSpec,
    curves: dict[str, Any],
    large: bool,
    readout: dict[str, Any] | None = None,
    snaps: list[Snap] | None = None,
) -> dict[str, Any]:
    """Return all that the component takes; without a readout there is no cursor.

    Below 300 kB, however many samples and classes there are.
    """
    content = {**curves, "readout": readout, "snaps": [vars(snap) for snap in snaps or []]}
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return {
        **content,
        "id": hashlib.sha256(text.encode()).hexdigest()[:12],
        "focus": spec.focus,
        "title": ADJUSTERS[spec.focus].title,
        "parameter": parameter_of(spec.focus),
        "value": spec.value,
        "large": large,
    }


def _steps(curve: Curve, bounds: tuple[float, float]) -> dict[str, Any]:
    steps, (low, high) = drawn_steps(curve, bounds), bounds
    x = (steps.breakpoints - low) / (high - low)
    return {name: in_steps(shares) for name, shares in (("x", x), ("y", steps.values))}


def _band(focus: AdjusterName, curves: list[TunedCurve]) -> dict[str, Any] | None:
    for tuned in curves:
        if tuned.name == focus:
            low, high = tuned.bootstrap.band()
            return {"low": in_steps(low), "high": in_steps(high)}
    return None


def _bin_words(
    ranks: slice, order: NDArray[np.int64], counts: NDArray[np.number], labels: list[str]
) -> dict[str, str]:
    """Name of a bin of classes and what is in it."""
    inside = order[ranks]
    if inside.size == 1:
        samples = f"{counts[inside[0]]:,} training samples"
        return {"name": labels[inside[0]], "about": samples}
    samples = f"{counts[inside[0]]:,} to {counts[inside[-1]]:,} training samples"
    name = f"{ranks.start + 1}-{ranks.stop}"
    return {"name": name, "about": f"classes by frequency, mean recall; {samples}"}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
