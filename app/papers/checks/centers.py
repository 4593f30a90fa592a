"""Neural collapse to multiple centers: Yan et al., NeurIPS 2024."""

import math

import numpy as np
from numpy.typing import NDArray

from app.centers import CentersSpec, guess_shares, model_of, optimum_of, rule_accuracy, run
from app.papers.verdict import Measured, verdict_of, within
from app.runs import Run, collect
from app.theory import center_angles, centers_per_class, variability_plateau

_COUNTS = (500, 188, 71, 27, 10)
_THETA, _MEAN_CENTERS = 0.2, 6


def mean_of_centers() -> Measured:
    """Train free features and measure their distance to the mean direction and to a center."""
    spec = CentersSpec(counts=(40, 20, 10), strategy="al", mean_centers=5)
    metrics = _trained(spec).metrics
    values = {"mean": metrics["nc_ave"], "center": metrics["center_distance"]}
    text = (
        "Three classes of five centers each, cosine loss: squared distance of the features to "
        f"the mean direction of their centers below {within(values['mean'])}, to the nearest "
        f"center {values['center']:.2f}."
    )
    return Measured(values, text, verdict_of(values["mean"] < 1e-10 and values["center"] > 0.1))


def feature_length() -> Measured:
    """Train loss P in a fixed frame and compare the lengths of the features."""
    spec = CentersSpec(counts=(40, 18, 8, 4), loss="p", mean_centers=4, steps=3000)
    lengths = np.linalg.norm(_trained(spec).arrays["means"], axis=1)
    wanted = np.sqrt(optimum_of(model_of(spec)).feature_norms_squared)
    error = float(np.abs(lengths / wanted - 1).max())
    text = f"Four classes of 40 to 4 samples: lengths as in the formula to {within(error)}."
    return Measured({"error": error}, text, verdict_of(error < 1e-4))


def collapse_of_all() -> Measured:
    """Train a learned frame beyond the threshold of one class and see which ones vanish."""
    lengths = {}
    for strategy in ("al", "cal"):
        spec = CentersSpec(
            counts=(20, 6, 3, 1),
            loss="p",
            frame="learned",
            strategy=strategy,
            mean_centers=2,
            weight_decay=0.06,
            feature_decay=0.012,
        )
        lengths[strategy] = _trained(spec).arrays["lengths"] ** 2
    values = {f"{name}_{k}": float(v) for name, all_ in lengths.items() for k, v in enumerate(all_)}
    text = (
        "Four classes, two centers each, beyond the threshold of the smallest class alone: "
        f"squared lengths of the class vectors {_listed(lengths['al'])}. With more centers for "
        f"small classes (CAL): {_listed(lengths['cal'])}."
    )
    gone = lengths["al"] < 1e-3
    return Measured(values, text, verdict_of(bool(gone.all()), bool(gone.any())))


def variability() -> Measured:
    """Compare the variability at the end of training with its exact plateau."""
    values = {}
    for strategy in ("al", "cal"):
        spec = CentersSpec(counts=(60, 30, 12), strategy=strategy, mean_centers=3)
        model = model_of(spec)
        values[strategy] = _trained(spec).metrics["variability"]
        plateau = variability_plateau(model.counts, model.frame.per_class, spec.theta)
        values[f"{strategy}_plateau"] = float(plateau)
    text = (
        f"Three classes, theta = 0.2: 1 minus the mean cosine of feature and class vector ends at "
        f"{values['al']:.3f} with three centers each (exact: {values['al_plateau']:.3f}) and at "
        f"{values['cal']:.3f} with CAL (exact: {values['cal_plateau']:.3f})."
    )
    errors = [abs(values[name] - values[f"{name}_plateau"]) for name in ("al", "cal")]
    away = min(values["al"], values["cal"]) > 0.1
    return Measured(values, text, verdict_of(away and max(errors) < 0.02))


def hard_features() -> Measured:
    """Guess labels of features that lie between all classes, in two frames."""
    centers, shares = np.array([1, 1, 4, 7, 17]), np.array([0.05, 0.10, 0.15, 0.25, 0.45])
    same = guess_shares(np.full(5, 1 / centers.sum()), math.sqrt(0.05), centers) @ shares
    offsets = (math.cos(_THETA) ** 2 / centers + math.sin(_THETA) ** 2) / 5
    real = [guess_shares(offsets, math.sqrt(s), centers, _THETA) @ shares for s in (1e-3, 1.0)]
    values = {"orthonormal": float(same), "frame_small": float(real[0]), "frame": float(real[1])}
    text = (
        "Five classes, one to 17 centers, tail labels more frequent: 0.200 of such features are "
        f"right with class vectors alone; with centers {same:.3f} if all of them are orthonormal, "
        f"but in the paper's own frame {real[0]:.3f} for a small and {real[1]:.3f} for a large "
        "spread."
    )
    above = [value > 0.2 for value in values.values()]
    return Measured(values, text, verdict_of(all(above), any(above)))


def tail_margin() -> Measured:
    """Read the score of a class at collapse off its number of centers."""
    counts = centers_per_class(_COUNTS, _MEAN_CENTERS)
    scores = np.cos(center_angles(counts, _THETA)[1])
    values = {f"class_{k}": float(score) for k, score in enumerate(scores)}
    text = (
        f"Classes of 500 to 10 samples with {', '.join(map(str, counts))} centers: the class "
        f"vector scores a collapsed feature {_listed(scores)}, and all others 0."
    )
    return Measured(values, text, verdict_of(bool((np.diff(scores) >= 0).all())))


def noisy_test() -> Measured:
    """Compute the accuracy of the deployed rule on noisy features, exactly."""
    aware = centers_per_class(_COUNTS, _MEAN_CENTERS)
    by_class = {
        "cal": rule_accuracy("rcr-bn", _COUNTS, aware, _THETA, 0.35),
        "al": rule_accuracy("rcr-bn", _COUNTS, [_MEAN_CENTERS] * 5, _THETA, 0.35),
        "single": rule_accuracy("rcr-bn", _COUNTS, [1] * 5, math.pi / 2, 0.35),
    }
    values = {name: float(found.mean()) for name, found in by_class.items()}
    values["cal_tail"], values["al_tail"] = (float(by_class[n][-1]) for n in ("cal", "al"))
    text = (
        "Free features at their optimum plus noise of 0.35, balanced test, deployed rule: "
        f"{100 * values['cal']:.0f} % with class-aware centers, {100 * values['al']:.0f} % with "
        f"equally many, {100 * values['single']:.0f} % with one center a class. The smallest class "
        f"has {100 * values['cal_tail']:.0f} % with class-aware centers and "
        f"{100 * values['al_tail']:.0f} % with equally many."
    )
    better = values["cal"] > values["single"]
    return Measured(values, text, verdict_of(better))


def _trained(spec: CentersSpec) -> Run:
    return collect(spec, run(spec))


def _listed(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
