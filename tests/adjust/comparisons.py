"""Comparisons of every adjuster on one long tail, and what they have to find, by hand."""

import numpy as np

from app.adjust import ADJUSTERS, Comparison, Setup, exact_path
from app.adjust.estimators import VectorScaling
from app.adjust.judge import fit_temperature
from tests.adjust.estimators import BIAS, COUNTS, NORMS

SETUP = Setup(COUNTS, weight_norms=NORMS, bias=BIAS, ties="head")
OTHERS = tuple(name for name in ADJUSTERS if name != "raw")
BOUNDS = (0.0, 3.0)


def long_tail(num_rows=250, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.resize(np.arange(5), num_rows))
    logits = rng.normal(size=(num_rows, 5)) + 1.3 * np.eye(5)[labels]
    return logits + 0.4 * np.log(COUNTS / 60), labels


X, Y = long_tail()
SPLIT = np.where(np.arange(len(Y)) % 5 < 2, "tune", "judge")


def lines(names=OTHERS, logits=X, labels=Y, setup=SETUP, split=SPLIT, **options):
    options = {"samples": 5, "folds": 3} | options
    return {
        line.name: line for line in Comparison(logits, labels, setup, split).lines(names, **options)
    }


def tuned_by_hand(name, logits, labels, metric="balanced_accuracy"):
    """Parameters found on these rows and nothing else."""
    if name == "raw":
        return {}
    if name == "temperature":
        return {"temperature": fit_temperature(logits, labels, np.arange(len(labels)))}
    if name == "vs":
        found = VectorScaling("auto", "auto", metric=metric).fit(
            logits, labels, class_counts=COUNTS
        )
        return {"gamma": found.gamma_, "tau": found.tau_}
    extra = {"weight_norms": NORMS, "bias": BIAS} if name == "tau-norm" else {}
    extra |= {"ties": "head"} if name == "1vs1" else {}
    best = exact_path(logits, labels, COUNTS, name, bounds=BOUNDS, **extra).best(metric)
    return {"gamma" if name in ("mla", "1vs1") else "tau": best.value}


def scores_by_hand(name, z, gamma=0.0, tau=0.0, temperature=1.0):
    """The formulas, written out."""
    share, prior = COUNTS / COUNTS.max(), COUNTS / COUNTS.sum()
    if name == "1vs1":
        psi, n = np.arccos(-1 / 4), COUNTS.astype(float) ** gamma
        theta = psi * n[None, :] / (n[:, None] + n[None, :])
        # Angles sum to psi, and sin a + cos psi sin(psi - a) = sin psi cos(psi - a).
        factor = np.cos(theta.T)
        return (z[:, :, None] * factor > z[:, None, :] * factor.T).sum(axis=2)
    if name == "tau-norm":
        return (z - BIAS) / NORMS**tau
    return z / temperature * share**-gamma - tau * np.log(prior)


def recalls_by_hand(labels, predictions):
    return np.array([np.mean(predictions[labels == k] == k) for k in range(5)])
