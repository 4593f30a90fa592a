"""What theory says of a grid of models: phases of its cells, and the borders between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.losses import LossForm, loss_form
from app.theory import critical_decays, phase_curves, step_problem
from app.ufm.sweep import SweepSpec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PHASES = ("I: minority distinct", "II: minority merged", "III: minority at zero", "IV: all at zero")
_CURVE_POINTS = 160

_SOURCES = {
    "free": "Borders are exact, from the optimality conditions of the nuclear-norm problem "
    "(merging under cross-entropy: Hong & Ling, arXiv 2309.09725; the rest derived here).",
    "bias": "With a bias only the border of merging is known in closed form; the bias does not "
    "move it (Hong & Ling, arXiv 2309.09725).",
    "relu": "With ReLU a class is at zero from its own threshold on (Dang et al., arXiv "
    "2401.02058).",
    "relu-other": "With ReLU a class is at zero from its own threshold on (derived here, in the "
    "way of Dang et al., arXiv 2401.02058), provided that class means are orthogonal at the "
    "optimum, which may fail at strong imbalance.",
    "tail": "Lines: decays at which √n_k = Nλ, the right side divided by weight and temperature "
    "of the class if there are any. With distinct counts nothing merges exactly; that the rank "
    "is the number of classes above their line, or one less, was found, not proven.",
    "tail-relu": "Lines: threshold of each class with ReLU (Dang et al., arXiv 2401.02058). The "
    "rank is the number of classes above their line, at most K − 1.",
    "none": "No formula is known to hold for this loss with these features: what is shown is "
    "measured.",
}
_FEW_DIMENSIONS = (
    " The borders are those of d ≥ K − 1. Where the minority is merged the optimum has at most "
    "rank K_A, the number of majority classes, and below the border a dimension more lets it "
    "part: so the border between I and II is the same for d ≥ K_A + 1 (derived here). For fewer "
    "dimensions none is known."
)
_FEW_DIMENSIONS_OTHER = " The borders are those of more dimensions; with so few none is known."


@dataclass(frozen=True, eq=False)
class SweepTheory:
    """Phases and borders that theory predicts for a grid.

    Attributes
    ----------
    names : tuple of str
        Of the phases.
    phases : (R, C) int array
        Index into `names`; -1 everywhere where nothing is known.
    curves : dict of str to (ratios, decays)
        Borders, the one that ends phase 0 first. Ratios are real numbers; where a curve has
        several parts they are separated by NaN, and so are points at which it is no border.
    statement : str
        What holds, why, and whose result it is.
    """

    names: tuple[str, ...]
    phases: IntArray
    curves: dict[str, tuple[FloatArray, FloatArray]]
    statement: str

    @property
    def known(self) -> bool:
        """Whether there is anything to compare with."""
        return bool((self.phases >= 0).any())


def sweep_theory(spec: SweepSpec) -> SweepTheory:
    """Return what is known of a grid in closed form.

    Formulas are those of d >= K - 1 dimensions, with ReLU d >= K, whatever the dimension is; the
    statement says so where it is smaller.
    """
    tail = spec.profile == "exponential"
    try:
        found = _tail(spec) if tail else _step(spec)
    except UserError:  # of `critical_decays`: no closed form for these offsets
        unknown = np.full((spec.decays.size, spec.ratios.size), -1)
        names = _tail_names(spec) if tail else PHASES
        return SweepTheory(names, unknown, {}, _SOURCES["none"])
    if not short_of_dimensions(spec):
        return found
    caveat = _FEW_DIMENSIONS_OTHER if tail or spec.relu or spec.bias else _FEW_DIMENSIONS
    return replace(found, statement=found.statement + caveat)


def short_of_dimensions(spec: SweepSpec) -> bool:
    """Whether the dimension is below what the formulas need."""
    return spec.dim < spec.classes - (0 if spec.relu else 1)


def plain_border(spec: SweepSpec) -> tuple[FloatArray, FloatArray]:
    """Border of merging of cross-entropy with free features for a step profile: ratios and decays.

    ``sqrt(n_B) / N`` (Hong & Ling, arXiv 2309.09725), at ratios from end to end of the grid.
    """
    ratios, counts = _fine_counts(spec)
    return ratios, critical_decays(counts)[:, -1]


def _step(spec: SweepSpec) -> SweepTheory:
    return _step_thresholds(spec) if spec.relu or spec.bias else _step_free(spec)


def _step_free(spec: SweepSpec) -> SweepTheory:
    """All four phases: a minority leaves each of them where its decay passes a border."""
    ratios, fine = _fine_counts(spec)
    counts = np.vstack([fine, spec.counts])
    form = _forms(spec, counts)
    borders = phase_curves(
        step_problem(counts, spec.num_minority, form.multipliers, form.offsets, form.weights)
    )
    names = ("minority merges", "minority at zero", "all at zero")
    curves = _outer(ratios, names, [border[: ratios.size] for border in borders])
    curves |= _majority_first(spec, ratios, fine, borders.merging[: ratios.size])
    below = [spec.decays[:, None] < border[ratios.size :] for border in borders]
    return SweepTheory(PHASES, np.select(below, range(3), 3), curves, _SOURCES["free"])


def _step_thresholds(spec: SweepSpec) -> SweepTheory:
    """What the threshold of each class alone decides."""
    ratios, counts = _fine_counts(spec)
    fine, cells = _critical(spec, counts), _critical(spec, spec.counts.astype(float))
    beyond = spec.decays[:, None, None] >= cells
    if spec.bias:
        curves = {"minority merges": (ratios, fine[:, -1])}
        return SweepTheory(PHASES[:2], beyond[..., -1].astype(int), curves, _SOURCES["bias"])
    curves = _outer(ratios, ("minority at zero", "all at zero"), [fine[:, -1], fine[:, 0]])
    phases = np.where(beyond[..., -1], np.where(beyond[..., 0], 3, 2), 0)
    source = "relu" if spec.loss == "ce" else "relu-other"
    return SweepTheory(PHASES, phases, curves, _SOURCES[source])


def _outer(
    ratios: FloatArray, names: Sequence[str], decays: Sequence[FloatArray]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Curves by name, each only where it lies above those before: there alone it is a border."""
    curves, reached = {}, np.zeros(ratios.size)
    for name, curve in zip(names, decays, strict=True):
        if (above := curve > reached * (1 + 1e-9)).any():
            curves[name] = ratios, np.where(above, curve, np.nan)
        reached = np.maximum(reached, curve)
    return curves


def _majority_first(
    spec: SweepSpec, ratios: FloatArray, counts: FloatArray, minority: FloatArray
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Where the majority merges, if it does so before the minority, as under weights."""
    if spec.loss == "ldam" or spec.classes - spec.num_minority < 2:
        return {}
    majority = _critical(spec, counts)[:, 0]
    first = majority < minority * (1 - 1e-9)
    return {"majority merges": (ratios, np.where(first, majority, np.nan))} if first.any() else {}


def _tail(spec: SweepSpec) -> SweepTheory:
    """Number of classes above their own threshold; one line a class."""
    ratios, counts = _fine_counts(spec)
    fine = _critical(spec, counts)
    gap = np.full((1, spec.classes), np.nan)
    lines = np.vstack([fine, gap]).T.ravel()
    across = np.tile(np.append(ratios, np.nan), spec.classes)
    cells = _critical(spec, spec.counts.astype(float))
    alive = (spec.decays[:, None, None] < cells).sum(axis=-1)
    source = _SOURCES["tail-relu" if spec.relu else "tail"]
    return SweepTheory(
        _tail_names(spec), alive, {"threshold of each class": (across, lines)}, source
    )


def _tail_names(spec: SweepSpec) -> tuple[str, ...]:
    return tuple(
        f"{n} of {spec.classes} classes above their threshold" for n in range(spec.classes + 1)
    )


def _fine_counts(spec: SweepSpec) -> tuple[FloatArray, FloatArray]:
    """Ratios of smooth curves (P,), and their counts (P, K), which need not be whole."""
    ratios = np.geomspace(spec.ratios[0], spec.ratios[-1], _CURVE_POINTS)
    if spec.profile == "step":
        frequent = np.arange(spec.classes) < spec.classes - spec.num_minority
        return ratios, spec.tail_count * np.where(frequent, ratios[:, None], 1.0)
    return ratios, spec.tail_count * ratios[:, None] ** np.linspace(1, 0, spec.classes)


def _forms(spec: SweepSpec, counts: FloatArray) -> LossForm:
    """The loss of every row of counts, stacked."""
    forms = [
        loss_form(spec.loss, row, gamma=spec.gamma, tau=spec.tau, margin=spec.margin)
        for row in counts
    ]
    return LossForm(
        np.stack([form.multipliers for form in forms]),
        np.stack([form.offsets for form in forms]),
        np.stack([form.weights for form in forms]),
    )


def _critical(spec: SweepSpec, counts: FloatArray) -> FloatArray:
    """Threshold of each class (P, K); refused where none is known."""
    if spec.relu and spec.bias:
        raise UserError("relu must be off for a formula with bias.")
    form = _forms(spec, counts)
    return critical_decays(counts, form.multipliers, form.offsets, form.weights, relu=spec.relu)
