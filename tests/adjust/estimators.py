"""The estimators, and a long tail of five classes to fit them to."""

import numpy as np

from app.adjust.estimators import (
    AdditiveLogitAdjustment,
    MultiplicativeLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    TemperatureScaling,
    VectorScaling,
)

COUNTS = np.array([400, 150, 60, 25, 10])
NORMS = np.array([2.0, 1.7, 1.4, 1.2, 1.0])
BIAS = np.array([0.3, 0.1, 0.0, -0.2, -0.1])
ALL = [
    MultiplicativeLogitAdjustment,
    AdditiveLogitAdjustment,
    OneVsOneAdjustment,
    TauNormalization,
    VectorScaling,
    TemperatureScaling,
]
# One parameter, tuned on its exact path.
PATHS = [
    (MultiplicativeLogitAdjustment, "gamma", "mla"),
    (AdditiveLogitAdjustment, "tau", "ala"),
    (OneVsOneAdjustment, "gamma", "1vs1"),
    (TauNormalization, "tau", "tau-norm"),
]


def long_tail(counts=COUNTS, per_class=60, seed=0):
    """Balanced logits that favour the head, as a classifier trained on the counts gives."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), per_class)
    logits = rng.normal(size=(labels.size, len(counts))) + 1.5 * np.eye(len(counts))[labels]
    order = rng.permutation(labels.size)
    return (logits + 0.4 * np.log(counts / np.mean(counts)))[order], labels[order]


X, Y = long_tail()


def strengths(kind):
    """Names of the parameters that can be "auto"."""
    return [name for name in kind().get_params() if name in ("gamma", "tau", "temperature")]


def needs(kind):
    """What `fit` needs besides logits and labels."""
    return {"class_counts": COUNTS} | ({"weight_norms": NORMS} if kind is TauNormalization else {})


def fitted(kind, *args, counts=COUNTS, logits=X, labels=Y, **settings):
    extra = {} if kind is not TauNormalization else {"weight_norms": NORMS}
    return kind(*args, **settings).fit(logits, labels, class_counts=counts, **extra)
