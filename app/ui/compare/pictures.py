"""A run as a small picture."""

import numpy as np

from app.figures.phase_picture import map_svg
from app.figures.sweep_map import QUANTITIES
from app.figures.thumbnail import gram_svg
from app.runs import Run
from app.ufm.sweep import SweepSpec
from app.ui.minority.spec import from_sweep

_CELLS = 24  # of a side, at most


def picture_of(run: Run) -> tuple[str, str] | None:
    """Return an SVG and what it shows; None for a run without vectors of its classes."""
    if isinstance(run.spec, SweepSpec):
        name, words = QUANTITIES[from_sweep(run.spec).shows()]
        values = np.asarray(run.arrays[name], float)
        stride = -(-max(values.shape) // _CELLS)
        return map_svg(values[::stride, ::stride], words), "Phase diagram"
    for name, words in (("classifier", "Classifier W Wᵀ"), ("unit_means", "Directions of means")):
        if name in run.arrays and run.arrays[name].ndim == 2:
            vectors = np.asarray(run.arrays[name], float)
            some = vectors[:: -(-len(vectors) // _CELLS)]
            return gram_svg(some @ some.T, words), words
    return None
