"""What the state shown says, in sentences whose numbers are measured in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.centers import CentersSpec, Model, expected, guess_shares, model_of, optimum_of
from app.centers.metrics import unit_rows
from app.centers.rules import correct, rule_scores
from app.runs import Run
from app.theory import variability_plateau


@dataclass(frozen=True)
class Finding:
    """A statement about the state shown.

    Attributes
    ----------
    title : str
    words : str
        One or two sentences.
    adjustment : bool
        Whether it is about what ALA does, on /boundaries.
    """

    title: str
    words: str
    adjustment: bool = False


def findings(run: Run) -> list[Finding]:
    """Return what a finished run shows, most important first."""
    spec = run.spec
    assert isinstance(spec, CentersSpec)
    model = model_of(spec)
    return [
        finding
        for part in (_where, _single_centers, _nearest, _collapsed, _margins, _agreement, _centring)
        for finding in part(model, run)
    ] + list(_about_data(model))


def _where(model: Model, run: Run) -> Iterator[Finding]:
    """Features at the mean direction, not at a center."""
    if model.loss not in ("cosine", "p"):
        return
    several = np.flatnonzero((model.frame.per_class > 1) & ~_vanished(model))
    if model.frame.theta > 1.57 or not several.size:
        return
    unit, labels = _features(run)
    kept = np.isin(labels, several)
    away = ((unit[kept] - model.frame.directions[labels[kept]]) ** 2).sum(axis=1).max()
    if not away < 1e-3:
        return
    cosines = unit @ model.frame.centers.T
    own = labels[:, None] == model.frame.owners
    k = int(several[-1])
    mine = cosines[labels == k][:, model.frame.owners == k]
    low, high = f"{mine.min():.3f}", f"{mine.max():.3f}"
    closest = np.where(own[kept], cosines[kept], -1).max()
    yield Finding(
        "Features go to the mean of their centers, never to one of them",
        f"The {kept.sum()} features shown of classes with several centers are all within "
        f"{away:.0e} (squared) of their mean direction. In {_named(k)} the cosine to each of its "
        f"{mine.shape[1]} centers is "
        f"{low if low == high else f'{low} to {high}'}, with cos alpha = "
        f"{model.frame.cos_alpha[k]:.3f}; no feature has a larger cosine than {closest:.3f} to any "
        "of its centers.",
    )


def _single_centers(model: Model, run: Run) -> Iterator[Finding]:
    """Classes with one center collapse like 1 / t under the cosine loss."""
    head = int(model.counts.argmax())
    slow = model.loss in ("cosine", "nearest") and model.frame.per_class[head] == 1
    step, curve = run.arrays["curve/step"], run.arrays["curve/nc_head"]
    late = (step >= step[-1] / 10) & (curve > 0)
    if not slow or late.sum() < 5 or step[-1] < 200:
        return
    slope = float(np.polyfit(np.log(step[late]), np.log(curve[late]), 1)[0])
    if not -1.5 < slope < -0.5:
        return
    words = (
        f"{_named(head).capitalize()} has one center: over the last tenfold of steps its NC falls "
        f"like t^{slope:.2f}, since the loss is flat to fourth order there."
    )
    if model.frame.per_class.max() > 1 and model.loss == "cosine":
        words += f" The smallest class has several, and is at {run.metrics['nc_tail']:.0e} already."
    yield Finding("One center is slow", words)


def _nearest(model: Model, run: Run) -> Iterator[Finding]:
    """True collapse to several centers, which is not the method of the paper."""
    if model.loss != "nearest":
        return
    unit, labels = _features(run)
    k = int(np.flatnonzero(model.frame.per_class == model.frame.per_class.max())[0])
    own = model.frame.centers[model.frame.owners == k]
    taken = np.bincount((unit[labels == k] @ own.T).argmax(axis=1), minlength=len(own))
    yield Finding(
        "Not the paper's method: each feature sits on one center",
        f"Pulled by its nearest center alone, a feature stays with the one it started closest to: "
        f"the shown features of {_named(k)} sit on its centers {', '.join(map(str, taken))}. The "
        f"loss vanishes ({run.metrics['objective']:.0e}) while NC stays at "
        f"{run.metrics['nc_ave']:.2f}.",
    )


def _collapsed(model: Model, run: Run) -> Iterator[Finding]:
    """Classes below their threshold under loss P with a learned frame."""
    if not model.learned:
        return
    optimum = optimum_of(model)
    ratio = optimum.thresholds / optimum.cos_alpha
    found = np.asarray(run.arrays["lengths"]) ** 2
    gone = np.flatnonzero(optimum.collapsed)
    k = int(ratio.argmax())
    limit = (
        f"its threshold is {ratio[k]:.2f} of cos alpha; |w|² is {found[k]:.3g} here, "
        f"{optimum.classifier_norms_squared[k]:.3g} in theory"
    )
    if gone.size:
        names = ", ".join(str(k + 1) for k in gone)
        yield Finding(
            "Collapse is class by class",
            f"Of {model.num_classes} classes only {names} vanish{'es' if gone.size == 1 else ''} "
            f"under the decays. For {_named(k)} {limit}. More centers for it lower the threshold.",
        )
    else:
        yield Finding(
            "No class collapses",
            f"The closest is {_named(k)}: {limit}, and above 1 it would vanish.",
        )


def _margins(model: Model, run: Run) -> Iterator[Finding]:
    """More centers, larger cosine to the class vector."""
    if model.loss not in ("cosine", "p") or np.ptp(model.frame.per_class) == 0:
        return
    found = np.asarray(run.arrays["class_cosines"])
    few, many = int(model.frame.per_class.argmin()), int(model.frame.per_class.argmax())
    plateau = variability_plateau(model.counts, model.frame.per_class, model.frame.theta)
    yield Finding(
        "More centers buy a larger margin",
        f"{_named(many).capitalize()} with {model.frame.per_class[many]} centers has a cosine of "
        f"{found[many]:.2f} to its class vector, {_named(few)} with "
        f"{model.frame.per_class[few]} has {found[few]:.2f}: that is what rule RCR sees. The "
        f"variability is {run.metrics['variability']:.3f}; it ends at {plateau:.3f}, not at 0.",
    )


def _agreement(model: Model, run: Run) -> Iterator[Finding]:
    """All rules agree on collapsed features."""
    by_rule = {rule: run.metrics[f"accuracy_{rule}"] for rule in ("rcr", "gcr", "ncc")}
    if _vanished(model).any():
        return
    if min(by_rule.values()) < 1:
        if model.frame.theta < 1e-9:
            yield Finding(
                "At theta = 0 the class vectors see nothing",
                f"Features end at right angles to all class vectors: on the training features "
                f"rule RCR is right in {by_rule['rcr']:.0%}, GCR in {by_rule['gcr']:.0%}.",
            )
        return
    yield Finding(
        "GCR changes nothing on collapsed features",
        "RCR, GCR and the nearest mean direction are right on every training feature.",
    )


def _centring(model: Model, run: Run) -> Iterator[Finding]:
    """Batch-norm centring subtracts a prior-like term."""
    if model.loss == "nearest" or _vanished(model).any():
        return
    unit, labels = _features(run)
    means = np.asarray(run.arrays["unit_means"])
    center = model.counts @ means / model.counts.sum()
    shift = (
        rule_scores("rcr", unit, model.frame) - rule_scores("rcr-bn", unit, model.frame, center)
    )[0]
    shares = model.counts / model.counts.sum() * expected(model).cosines(model)
    right = correct(rule_scores("rcr-bn", unit, model.frame, center), labels).mean()
    yield Finding(
        "Centring acts as an additive adjustment",
        f"The deployed rule subtracts {_row(shift)} from the scores of the classes, in theory "
        f"n/N cos rho = {_row(shares)}: a prior-like term, as ALA's. It is right on {right:.0%} of "
        "the training features shown.",
        adjustment=True,
    )


def hard_to_predict(model: Model) -> Finding:
    """What becomes of features whose label is anybody's guess, in this frame."""
    frame, K = model.frame, model.num_classes
    share = frame.per_class / frame.num_centers
    c2, s2 = np.cos(frame.theta) ** 2, np.sin(frame.theta) ** 2
    offsets = (c2 / frame.per_class + s2) / K
    close, wide = (guess_shares(offsets, s, frame.per_class, frame.theta) for s in (0.01, 1.0))
    return Finding(
        "More centers only shift the guess on features that are hard to predict",
        f"Around the mean of all means the deployed class vectors give every class 1/{K} = "
        f"{1 / K:.0%}. GCR guesses the smallest class in {wide[-1]:.0%} of widely spread features "
        f"and in {close[-1]:.0%} of close ones; around the mean of all centers, were they at right "
        f"angles, in f/F = {share[-1]:.0%}. None of these guesses depends on the label.",
    )


def _about_data(model: Model) -> Iterator[Finding]:
    """What the data themselves limit."""
    alone = np.flatnonzero(model.counts == 1)
    if alone.size:
        names = ", ".join(str(k + 1) for k in alone)
        yield Finding(
            "Classes of one sample",
            f"Class {names} has a single sample: nothing can scatter within it, so only its place "
            "says anything about collapse.",
        )
    if not model.learned:
        yield Finding(
            "Imbalance enters through the centers alone",
            "In a fixed frame features are free and no sample feels another: class sizes act "
            "through f and the frame, not through the pull of the majority.",
        )


def _vanished(model: Model) -> np.ndarray:
    """Classes whose features are 0 in the end, (K,)."""
    lengths = expected(model).feature_lengths
    return np.zeros(model.num_classes, bool) if lengths is None else lengths == 0


def _features(run: Run) -> tuple[np.ndarray, np.ndarray]:
    features = np.asarray(run.arrays["features"], float)
    return unit_rows(features), np.asarray(run.arrays["feature_labels"])


def _named(k: int) -> str:
    return f"class {k + 1}"


def _row(values: Sequence[float] | np.ndarray) -> str:
    """At most six numbers."""
    shown = [f"{value:.3f}" for value in values[:6]]
    return ", ".join(shown) + (", ..." if len(values) > 6 else "")
