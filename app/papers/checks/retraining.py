"""Re-training the classifier on frozen features: Lu et al., 2024, arXiv 2403.00250."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from app.data.bundled import load_features
from app.losses.targets import optimal_gap, smoothed_targets
from app.papers.verdict import Measured, verdict_of, within
from app.probe import ProbeSpec, comparison, logits_magnitude, run, sensitivity
from app.probe.method import MethodName
from app.runs import collect

FloatArray = NDArray[np.float64]

DATA = ("fashion-lt", "cldr-lt", "kjv-books")
_METHODS: tuple[MethodName, ...] = (
    "stage1",
    "ce",
    "balanced-softmax",
    "cb-bce",
    "posthoc-la",
    "resampling",
    "crt",
    "lort",
)


def optimal_gap_of_lort() -> Measured:
    """Minimise the loss of one sample over its logits, and read the gap off."""
    values, errors = {}, []
    for K, delta in ((10, 0.98), (100, 0.98), (1000, 0.99)):
        target = smoothed_targets(K, delta)[0]
        start = np.zeros(K)
        found = minimize(_smoothed_loss, start, (target,), "L-BFGS-B", jac=True, tol=1e-15).x
        values[f"gap_{K}"] = float(found[0] - found[1:].mean())
        errors.append(abs(values[f"gap_{K}"] - optimal_gap(K, delta)))
    values["error"] = float(max(errors))
    text = (
        f"Least loss of one sample at a gap of {values['gap_10']:.3f} for K = 10 and delta = 0.98, "
        f"{values['gap_100']:.3f} for K = 100, {values['gap_1000']:.3f} for K = 1000 and 0.99; "
        f"the formula agrees to {within(values['error'])}."
    )
    return Measured(values, text, verdict_of(values["error"] < 1e-4))


def gain_over_ce() -> Measured:
    """Compare LORT with plain cross-entropy, both re-trained under the same protocol."""
    gaps = {name: _points(name, "lort", "ce") for name in DATA}
    text = (
        "Balanced test accuracy, LORT minus cross-entropy, 20 epochs, epoch chosen on validation "
        f"data, one seed: {_by_data(gaps)}."
    )
    better = [gap > 0 for gap in gaps.values()]
    return Measured(gaps, text, verdict_of(all(better), any(better)))


def best_of_all() -> Measured:
    """Compare LORT with the best of the other methods."""
    gaps = {}
    for name in DATA:
        scores = _scores(name)
        others = max(score for method, score in scores.items() if method != "lort")
        gaps[name] = 100 * (scores["lort"] - others)
    text = (
        "Balanced test accuracy, LORT minus the best of balanced softmax, CB-BCE, post-hoc LA, "
        "re-sampling and cRT, rates of the authors, epoch chosen on validation data, one seed: "
        f"{_by_data(gaps)}."
    )
    better = [gap > 0 for gap in gaps.values()]
    return Measured(gaps, text, verdict_of(all(better), any(better)))


def robust_to_rates() -> Measured:
    """Train at every rate with every decay of a grid and compare how far accuracy varies."""
    methods: tuple[MethodName, ...] = ("ce", "balanced-softmax", "lort")
    spec = ProbeSpec(
        data="fashion-lt",
        methods=methods,
        learning_rates=(1e-4, 1e-3, 1e-2, 0.1, 1.0),
        weight_decays=(0.0, 5e-4, 5e-3, 5e-2),
        epochs=10,
        device="cpu",
    )
    arrays = collect(spec, run(spec)).arrays
    values: dict[str, float] = {
        name: 100 * float(np.ptp(sensitivity(spec, arrays, name))) for name in methods
    }
    text = (
        "fashion-lt, five learning rates from 0.0001 to 1 by four weight decays, balanced test "
        f"accuracy from worst to best: {values['lort']:.1f} points with LORT, "
        f"{values['balanced-softmax']:.1f} with balanced softmax, {values['ce']:.1f} with "
        "cross-entropy."
    )
    least = values["lort"] <= min(values.values())
    return Measured(values, text, verdict_of(least, values["lort"] < max(values.values())))


def magnitude_and_accuracy() -> Measured:
    """Change accuracy by an additive term and see whether the logits magnitude notices."""
    data = load_features("cldr-lt")
    assert data.weights is not None
    assert data.bias is not None
    logits = data.test.features @ data.weights.T.astype(float) + data.bias
    adjusted = logits - np.log(data.class_counts)
    before, after = (logits_magnitude(z, data.test.labels) for z in (logits, adjusted))
    change = float(np.nanmax(np.abs(after / before - 1)))
    gain = _points("cldr-lt", "posthoc-la", "stage1")
    values = {"change": change, "gain": gain}
    text = (
        f"cldr-lt: subtracting log n_k from the logits changes no class's magnitude (to "
        f"{within(change)}) and balanced accuracy by {gain:+.1f} points."
    )
    return Measured(values, text, verdict_of(change > 1e-3 or abs(gain) < 0.5))


def _smoothed_loss(logits: FloatArray, target: FloatArray) -> tuple[float, FloatArray]:
    """Cross-entropy of one sample and its gradient."""
    return float(-(target @ log_softmax(logits))), softmax(logits) - target


@cache
def _scores(name: str) -> dict[str, float]:
    """Balanced test accuracy of every method on a feature set."""
    spec = ProbeSpec(data=name, methods=_METHODS, device="cpu")
    arrays = collect(spec, run(spec)).arrays
    lines = comparison(spec, arrays, load_features(name), baselines=())
    return {line.name: line.scores["balanced_accuracy"].mean for line in lines}


def points_over_stage1(name: str, method: MethodName) -> float:
    """Gain of a method over the classifier it starts from, in points of balanced accuracy."""
    return _points(name, method, "stage1")


def _points(name: str, method: MethodName, other: MethodName) -> float:
    scores = _scores(name)
    return 100 * (scores[method] - scores[other])


def _by_data(gaps: dict[str, float]) -> str:
    return ", ".join(f"{gap:+.1f} points on {name}" for name, gap in gaps.items())
