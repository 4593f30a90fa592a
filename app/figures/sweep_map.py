"""The map of a sweep over imbalance and decay, as one of the quantities measured in it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.figures.phase import PhaseMap, alt_text, phase_figure
from app.ufm.sweep import STRIDES, SweepSpec
from app.ufm.sweep_measure import NOTHING
from app.ufm.sweep_theory import SweepTheory, plain_border

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, FloatArray]

# The array of a run behind each quantity, and the title of its colour scale.
QUANTITIES = {
    "distance": ("minority_distance", "largest distance of minority vectors / ‖W‖"),
    "means": ("minority_norm", "norm of minority means / largest"),
    "rank": ("rank", "rank of the logits"),
    "accuracy": ("accuracy", "share of the classes recognised"),
    "certificate": ("certificate_ratio", "ratio of the certificate"),
}
PLAIN_CURVE = "cross-entropy without ReLU"
_DECAY = "decay λ of W and H"


def sweep_figure(
    spec: SweepSpec,
    arrays: Arrays,
    theory: SweepTheory,
    quantity: str = "distance",
    picked: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw a sweep, whole or so far as it is known.

    Parameters
    ----------
    spec : SweepSpec
    arrays : mapping of str to (R, C) array
        See `app.ufm.sweep.run_sweep`.
    theory : SweepTheory
    quantity : str
        One of `QUANTITIES`.
    picked : (row, column), optional
        Cell to mark.
    """
    return phase_figure(
        _cells(spec, arrays, theory, quantity),
        _curves(spec, theory),
        QUANTITIES[quantity][1],
        _DECAY,
        picked=picked,
        height=520,
        border=np.asarray(arrays["border"]),
        levels=spec.classes - 1 if quantity == "rank" else None,
    )


def sweep_alt(spec: SweepSpec, arrays: Arrays, theory: SweepTheory, quantity: str) -> str:
    """What the map says."""
    return alt_text(_cells(spec, arrays, theory, quantity), QUANTITIES[quantity][1])


def sweep_table(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> pd.DataFrame:
    """Return everything measured, one row a cell, with the phase that theory gives it."""
    rows, columns = np.indices((spec.decays.size, spec.ratios.size)).reshape(2, -1)
    names = (*theory.names, "")  # -1 where nothing is known
    measured = {name: np.asarray(values) for name, values in arrays.items()}
    return pd.DataFrame(
        {
            "ratio": spec.ratios[columns],
            "decay": spec.decays[rows],
            "phase in theory": [names[phase] for phase in theory.phases.ravel()],
        }
        | {name: v.ravel() for name, v in measured.items() if v.shape == theory.phases.shape}
    )


def _cells(spec: SweepSpec, arrays: Arrays, theory: SweepTheory, quantity: str) -> PhaseMap:
    values = _filled(np.asarray(arrays[QUANTITIES[quantity][0]]))
    values = np.where(values < NOTHING, 0.0, values)
    return PhaseMap(spec.ratios, spec.decays, values, theory.phases, theory.names)


def _curves(spec: SweepSpec, theory: SweepTheory) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Borders of the sweep's own theory, and that of plain cross-entropy to compare with."""
    curves = dict(theory.curves)
    if spec.profile == "step" and (spec.loss != "ce" or spec.relu):
        curves[PLAIN_CURVE] = plain_border(spec)
    return curves


def _filled(values: FloatArray) -> FloatArray:
    """Cells not known yet, coloured as the known one that is nearest towards the origin."""
    for stride in STRIDES:
        coarse = np.kron(values[::stride, ::stride], np.ones((stride, stride)))
        values = np.where(np.isnan(values), coarse[: values.shape[0], : values.shape[1]], values)
    return values
