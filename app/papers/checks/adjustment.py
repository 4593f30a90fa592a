"""Multiplicative adjustment of real logits: Hasegawa & Sato, ICLR 2025, arXiv 2409.17582."""

import numpy as np

from app.adjust import exact_path
from app.adjust.exact import PathRule
from app.adjust.path import ParameterPath
from app.adjust.significance import paired_test
from app.data.bundled import load
from app.papers.verdict import Measured, verdict_of

_METRIC = "balanced_accuracy"
_SAMPLES = {"learned": "fashion-lt", "etf": "fashion-lt-etf"}


def gamma_one_half() -> Measured:
    """Tune gamma on both samples and see whether 1/2 is among the good values."""
    values: dict[str, float] = {}
    inside = []
    for name, sample in _SAMPLES.items():
        tune, judge = _paths(sample, "mla")
        best = tune.best(_METRIC).value
        low, high = tune.bootstrap(_METRIC).interval()
        inside.append(low <= 0.5 <= high)
        values |= {f"gamma_{name}": best, f"low_{name}": low, f"high_{name}": high}
        values |= {f"score_{name}": _score(judge, best), f"half_{name}": _score(judge, 0.5)}
        values[f"raw_{name}"] = _score(judge, 0.0)
    parts = [
        f"best gamma {values[f'gamma_{name}']:.2f} (95 %: {values[f'low_{name}']:.2f} to "
        f"{values[f'high_{name}']:.2f}); balanced accuracy {100 * values[f'score_{name}']:.1f} % "
        f"with it, {100 * values[f'half_{name}']:.1f} % with 1/2, "
        f"{100 * values[f'raw_{name}']:.1f} % without"
        for name in _SAMPLES
    ]
    text = f"fashion-lt, learned classifier: {parts[0]}. Fixed ETF classifier: {parts[1]}."
    return Measured(values, text, verdict_of(all(inside), any(inside)))


def as_good_as_pairwise() -> Measured:
    """Tune both rules on the same rows and compare them on others."""
    values: dict[str, float] = {}
    for name, sample in _SAMPLES.items():
        right = {}
        for rule in ("mla", "1vs1"):
            tune, judge = _paths(sample, rule)
            best = tune.best(_METRIC).value
            values[f"{rule}_{name}"], right[rule] = _score(judge, best), judge.correct(best)
        pair = right["mla"], right["1vs1"]
        values[f"p_{name}"] = paired_test(judge.metric(_METRIC), judge.labels, *pair)
    gaps = {name: 100 * (values[f"mla_{name}"] - values[f"1vs1_{name}"]) for name in _SAMPLES}
    text = (
        "Both tuned on 2,000 images, balanced accuracy on 10,000 others: MLA minus 1vs1adjuster "
        f"{gaps['learned']:+.2f} points (p = {values['p_learned']:.2g}) with the learned, "
        f"{gaps['etf']:+.2f} (p = {values['p_etf']:.2g}) with the fixed ETF classifier."
    )
    good = [gaps[name] >= 0 or values[f"p_{name}"] > 0.05 for name in _SAMPLES]
    return Measured(values, text, verdict_of(all(good), any(good)))


def learned_against_fixed() -> Measured:
    """Compare the two bundled networks that differ in their classifier alone."""
    values: dict[str, float] = {}
    for name, sample in _SAMPLES.items():
        tune, judge = _paths(sample, "mla")
        values[f"raw_{name}"] = _score(judge, 0.0)
        values[f"mla_{name}"] = _score(judge, tune.best(_METRIC).value)
    text = (
        "fashion-lt, balanced test accuracy with a fixed simplex-ETF and with a learned "
        f"classifier: {100 * values['raw_etf']:.1f} and {100 * values['raw_learned']:.1f} % as "
        f"trained, {100 * values['mla_etf']:.1f} and {100 * values['mla_learned']:.1f} % after MLA."
    )
    better = [values[f"{rule}_etf"] > values[f"{rule}_learned"] for rule in ("raw", "mla")]
    return Measured(values, text, verdict_of(all(better), any(better)))


def _paths(sample: str, rule: PathRule) -> tuple[ParameterPath, ParameterPath]:
    """Exact paths on the rows that tune and on those that judge."""
    data = load(sample)
    assert data.labels is not None
    assert data.class_counts is not None
    assert data.split is not None
    path = exact_path(data.logits, data.labels, data.class_counts, rule)
    tune = data.split == "tune"
    return path.subset(tune), path.subset(~tune)


def _score(path: ParameterPath, parameter: float) -> float:
    return float(np.mean(path.at(parameter)))
