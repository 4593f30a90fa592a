"""Rules that name the class of a feature, given a multi-center frame.

RCR, GCR and the rule that is deployed (RCR after batch normalisation) are those of Yan et al.,
NeurIPS 2024; the nearest mean direction is added here for comparison.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.theory import CenterFrame
from app.theory.checks import require

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]
IntArray = NDArray[np.int64]
RuleName = Literal["rcr", "rcr-bn", "gcr", "ncc"]

RULE_WORDS: dict[RuleName, str] = {
    "rcr": "RCR: class vectors",
    "rcr-bn": "RCR, centred (deployed)",
    "gcr": "GCR: all centers",
    "ncc": "Nearest mean direction",
}
RULE_SHORT: dict[RuleName, str] = {
    "rcr": "RCR",
    "rcr-bn": "RCR centred",
    "gcr": "GCR",
    "ncc": "Mean direction",
}


def rule_scores(
    rule: RuleName, features: Matrix, frame: CenterFrame, center: Array | None = None
) -> Matrix:
    """Return the score of every class for every feature, (T, K); the largest wins.

    Parameters
    ----------
    rule : {"rcr", "rcr-bn", "gcr", "ncc"}
        Largest inner product with the class vectors, with them after subtracting `center`, with
        any center of the class, or with the unit mean of its centers.
    features : (T, d) array
    frame : CenterFrame
    center : (d,) array, optional
        Mean of the training features, for "rcr-bn". Batch normalisation also divides by the
        deviation of each coordinate; here noise has the same one in all of them.
    """
    require(rule in RULE_WORDS, "rule", f"one of {', '.join(RULE_WORDS)}", rule)
    if rule == "gcr":
        along = math.sin(frame.theta) * (features @ frame.classifier.T)
        every = math.cos(frame.theta) * (features @ frame.arms.T) + along[:, frame.owners]
        return np.asarray(np.maximum.reduceat(every, frame.starts, axis=1))
    if rule == "ncc":
        return np.asarray(features @ frame.directions.T)
    if rule == "rcr-bn":
        assert center is not None, "rcr-bn needs the mean of the training features"
        features = features - center
    return np.asarray(features @ frame.classifier.T)


def correct(scores: Matrix, labels: IntArray) -> NDArray[np.bool_]:
    """Return which samples have their own score strictly above all others, (T,)."""
    rows = np.arange(len(labels))
    others = scores.copy()
    others[rows, labels] = -np.inf
    return np.asarray(scores[rows, labels] > others.max(axis=1))


def batch_center(counts: IntArray, directions: Matrix) -> Array:
    """Return the mean of training features at the directions (K, d) of their classes, (d,)."""
    return np.asarray(counts @ directions / counts.sum())
