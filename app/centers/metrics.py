"""How far features have collapsed, and to what."""

import math

import numpy as np
from numpy.typing import NDArray

from app.centers.model import Model
from app.centers.rules import RULE_WORDS, correct, rule_scores

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


def unit_rows(X: Matrix) -> Matrix:
    """Return rows of length 1; a row of zeros stays."""
    norms = np.linalg.norm(X, axis=1, keepdims=True)
    return np.asarray(X / np.where(norms > 0, norms, 1.0))


def center_metrics(model: Model, X: Matrix) -> dict[str, float]:
    """Return the metrics of features (N, d).

    "nc_ave" and "nc_std" are mean and standard deviation over samples of
    ``|h/|h| - m_k|^2``, m_k the mean direction of the class's centers (section 4.3 of Yan et al.,
    NeurIPS 2024, who may average over entries of the difference); "nc_head" and "nc_tail" the
    means over the largest and the smallest class. "variability" is the mean of
    ``1 - <h/|h|, w_k>``, "center_distance" that of the squared distance to the nearest center of
    the class. "accuracy_<rule>" is on the training features; a tie is an error.
    """
    unit, frame = unit_rows(X), model.frame
    distances = ((unit - frame.directions[model.labels]) ** 2).sum(axis=1)
    by_class = class_means(model, distances)
    found = {
        "nc_ave": float(distances.mean()),
        "nc_std": float(distances.std()),
        "nc_head": float(by_class[model.counts.argmax()]),
        "nc_tail": float(by_class[len(by_class) - 1 - model.counts[::-1].argmin()]),
        "variability": float(1 - unit[np.arange(len(unit)), model.labels].mean()),
        "center_distance": float((2 - 2 * nearest_cosines(model, unit)).mean()),
    }
    center = unit.mean(axis=0)
    for rule in RULE_WORDS:
        right = correct(rule_scores(rule, unit, frame, center), model.labels)
        found[f"accuracy_{rule}"] = float(right.mean())
    return found


def class_cosines(model: Model, X: Matrix) -> Array:
    """Return the mean cosine of the features of each class and its class vector, (K,)."""
    unit = unit_rows(X)
    return class_means(model, unit[np.arange(len(unit)), model.labels])


def class_means(model: Model, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the samples of each class of values (N, ...)."""
    starts = np.cumsum(model.counts) - model.counts
    sums = np.add.reduceat(values, starts, axis=0)
    return np.asarray((sums.T / model.counts).T)


def nearest_cosines(model: Model, unit: Matrix) -> Array:
    """Return the largest cosine of each unit feature and a center of its class, (N,)."""
    c, s = math.cos(model.frame.theta), math.sin(model.frame.theta)
    found = np.empty(len(unit))
    for k, (rows, columns) in enumerate(model.blocks):
        found[rows] = c * unit[rows, columns].max(axis=1) + s * unit[rows, k]
    return found
