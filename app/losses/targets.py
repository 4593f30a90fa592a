"""Smoothed targets: label smoothing, and logits retargeting (LORT), which is much of it.

Lu et al., 2024 (arXiv 2403.00250), eq. 13: the label's class has target ``1 - delta + delta / K``
and every other class ``delta / K``, with delta near 1. NumPy only.
"""

import numpy as np

from app.losses.form import FloatArray, require


def smoothed_targets(num_classes: int, delta: float) -> FloatArray:
    """Targets (K, K), row y those of a sample of class y."""
    _check(num_classes, delta)
    return (1 - delta) * np.eye(num_classes) + delta / num_classes


def optimal_gap(num_classes: int, delta: float) -> float:
    """Lead of the label's logit over each other at which a sample's loss is least.

    It is ``log(1 + K (1 - delta) / delta)``, infinite for delta = 0; derived from eq. 13.
    """
    _check(num_classes, delta)
    return float(np.log1p(num_classes * (1 - delta) / delta)) if delta else float("inf")


def smoothing_of_gap(num_classes: int, gap: float) -> float:
    """The delta with a given optimal gap, ``K / (K + exp(gap) - 1)``: carries a setting to a K."""
    require(gap > 0, "gap", "above 0", gap)
    require(num_classes >= 2, "num_classes", "at least 2", num_classes)
    with np.errstate(over="ignore"):
        return float(num_classes / (num_classes + np.expm1(gap)))


def least_loss(num_classes: int, delta: float) -> float:
    """The loss no logits go below: the entropy of the targets, near log K for delta near 1."""
    row = smoothed_targets(num_classes, delta)[0]
    present = row[row > 0]
    return float(-(present * np.log(present)).sum())


def _check(num_classes: int, delta: float) -> None:
    require(num_classes >= 2, "num_classes", "at least 2", num_classes)
    require(0 <= delta < 1, "delta", "at least 0 and below 1", delta)
