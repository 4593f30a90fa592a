"""The geometry of vanishing decay: Behnia et al., AISTATS 2023, arXiv 2303.07608."""

import numpy as np
from numpy.typing import NDArray

from app.losses import loss_form
from app.losses.form import FormName, class_temperatures
from app.papers.verdict import Measured, Verdict, verdict_of, within
from app.theory import (
    equalizing_gamma,
    seli,
    step_geometry,
    step_limit,
    step_optimum,
    step_problem,
)
from app.theory.seli import LimitLoss

Matrix = NDArray[np.float64]

COUNTS = np.array([100.0] * 5 + [10.0] * 5)
_PRESSURES = (1e-2, 1e-8, 1e-20, 1e-80)  # N lambda


def vanishing_decay() -> Measured:
    """Follow the optimum of cross-entropy to its limit over many orders of magnitude."""
    values = _distances("ce")
    text = (
        "Ten classes, R = 10, distance of the optimal logits to the limit, both of norm 1: "
        + _path_words(values)
        + "."
    )
    return Measured(values, text, _limit_verdict([values]))


def temperatures() -> Measured:
    """The same for the two temperature losses."""
    found = {loss: _distances(loss, gamma=0.5) for loss in ("cdt", "ldt")}
    text = (
        "Ten classes, R = 10, gamma = 1/2, distance of the optimal logits to the closed form: "
        f"CDT {_path_words(found['cdt'])}; LDT {_path_words(found['ldt'])}."
    )
    values = {f"{loss}_{name}": v for loss, part in found.items() for name, v in part.items()}
    return Measured(values, text, _limit_verdict(list(found.values())))


def additive_terms() -> Measured:
    """The same for weights and additive terms, which should leave no trace in the limit."""
    found = {"wce": _distances("wce"), "la": _distances("la", tau=1.0)}
    text = (
        "Distance of the optimal logits to the limit of plain cross-entropy, ten classes, "
        f"R = 10: weighted cross-entropy {_path_words(found['wce'])}; logit adjustment with "
        f"tau = 1 {_path_words(found['la'])}."
    )
    values = {f"{loss}_{name}": v for loss, part in found.items() for name, v in part.items()}
    return Measured(values, text, _limit_verdict(list(found.values())))


def symmetric_ldt_classifier() -> Measured:
    """Measure how far LDT's limit classifier is from a simplex ETF, for several imbalances."""
    values = {}
    for ratio in (1, 10, 100, 1000):
        counts = np.geomspace(ratio, 1, 10)
        gram = seli(counts, "ldt", class_temperatures(counts, 0.5)).classifier_gram
        values[f"ratio_{ratio}"] = _distance(gram, np.eye(10) - 0.1)
    worst = max(values.values())
    text = (
        "Ten classes with counts that fall exponentially, R from 1 to 1000, gamma = 1/2: the "
        f"classifier's Gram matrix is that of a simplex ETF to {within(worst)}."
    )
    return Measured(values, text, verdict_of(worst < 1e-9))


def norms_of_both() -> Measured:
    """Find the exponents that equalise norms of class vectors and of class means."""
    values = {}
    for ratio in (10, 100):
        values[f"vectors_{ratio}"] = float(equalizing_gamma(5, 5, ratio, "ldt"))
        values[f"means_{ratio}"] = float(equalizing_gamma(5, 5, ratio, "ldt", of="embedding"))
    text = (
        "LDT, five large and five small classes: class vectors have equal norms at gamma = "
        f"{values['vectors_10']:.2f} (R = 10) and {values['vectors_100']:.2f} (R = 100), class "
        f"means only at {values['means_10']:.2f} and {values['means_100']:.2f}."
    )
    apart = min(abs(values[f"vectors_{R}"] - values[f"means_{R}"]) for R in (10, 100))
    return Measured(values, text, verdict_of(apart < 0.01))


def minority_vectors() -> Measured:
    """Fit the power of R with which minority class vectors of cross-entropy approach each other."""
    ratios = np.array([1e2, 1e8, 1e10])
    angles = step_geometry(5, 5, ratios).classifier.angles
    slope = float(np.diff(np.log(1 - angles.minority[-2:]))[0] / np.diff(np.log(ratios[-2:]))[0])
    limit = float(step_limit(5, 5).classifier.minority)
    values = {"cosine_100": float(angles.minority[0]), "slope": slope, "limit": limit}
    text = (
        "Five large and five small classes, vanishing decay: the cosine of two minority class "
        f"vectors is {values['cosine_100']:.2f} at R = 100 and {limit:.0f} in the limit; the "
        f"distance to it falls like R^{slope:.2f}."
    )
    return Measured(values, text, verdict_of(abs(slope + 0.5) < 0.01 and abs(limit - 1) < 1e-9))


def _distances(loss: FormName, gamma: float = 0.0, tau: float = 0.0) -> dict[str, float]:
    """Distance of the optimal logits to those of the limit, by N lambda."""
    form = loss_form(loss, COUNTS, gamma=gamma, tau=tau)
    problem = step_problem(COUNTS, 5, form.multipliers, form.offsets, form.weights)
    limit: LimitLoss = loss if loss in ("cdt", "ldt") else "ce"
    delta = None if limit == "ce" else class_temperatures(COUNTS, gamma)
    goal = seli(COUNTS, limit, delta).logits
    found = {}
    for pressure in _PRESSURES:
        decay = pressure / COUNTS.sum()
        found[f"{pressure:.0e}"] = _distance(step_optimum(problem, decay, decay).logits, goal)
    return found


def _path_words(distances: dict[str, float]) -> str:
    first, *others = (f"{value:.3f} for N lambda = {name}" for name, value in distances.items())
    return ", ".join([first, *(words.replace("N lambda = ", "") for words in others)])


def _limit_verdict(found: list[dict[str, float]]) -> Verdict:
    """Judge if distances go to 0 as 1 / log(1 / (N lambda)), as theory has it.

    Between the last two that logarithm grows fourfold: they hold if they fall threefold there.
    """
    paths = [np.array(list(distances.values())) for distances in found]
    falls = all((np.diff(path) < 0).all() for path in paths)
    return verdict_of(falls and all(path[-1] < path[-2] / 3 for path in paths), falls)


def _distance(one: Matrix, other: Matrix) -> float:
    """Frobenius norm of the difference of two matrices scaled to norm 1."""
    return float(np.linalg.norm(one / np.linalg.norm(one) - other / np.linalg.norm(other)))
