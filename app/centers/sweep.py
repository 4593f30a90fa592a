"""Accuracy of a rule over the angle of the frame, the number of centers and the imbalance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.centers.noise import rule_accuracy
from app.centers.rules import RuleName
from app.centers.spec import Strategy
from app.longtail import Profile, class_counts
from app.theory import centers_per_class

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Balanced accuracies of frames, and of one center a class as a baseline.

    Attributes
    ----------
    x, y : (C,), (R,) arrays
        What was varied.
    values : (R, C) array
        Mean accuracy over the classes.
    worst : (R, C) array
        Accuracy of the worst class.
    baseline : (C,) array
        Mean accuracy, by the same rule, with one center a class at theta = pi/2.
    """

    x: Array
    y: Array
    values: Array
    worst: Array
    baseline: Array


def strategy_centers(strategy: Strategy, counts: IntArray, mean_centers: int) -> IntArray:
    """Return the centers of each class, (K,)."""
    if strategy == "cal":
        return centers_per_class(counts, mean_centers)
    return np.full(len(counts), mean_centers if strategy == "al" else 1, np.int64)


def theta_sweep(
    counts: IntArray,
    thetas: Sequence[float],
    mean_centers: Sequence[int],
    strategy: Strategy,
    rule: RuleName,
    noise: float,
) -> Sweep:
    """Return accuracies over theta (columns) and centers a class (rows).

    Exact, for features at the mean directions, where training with the cosine loss or loss P
    ends: there is nothing to train and nothing to sample.
    """
    found = np.array(
        [
            [
                rule_accuracy(rule, counts, strategy_centers(strategy, counts, f), theta, noise)
                for theta in thetas
            ]
            for f in mean_centers
        ]
    )
    base = _single(counts, rule, noise)
    return Sweep(
        np.asarray(thetas, float),
        np.asarray(mean_centers, float),
        found.mean(axis=2),
        found.min(axis=2),
        np.full(len(thetas), base),
    )


def ratio_sweep(
    sizes: tuple[int, int, Profile],
    ratios: Sequence[float],
    thetas: Sequence[float],
    centers: tuple[Strategy, int],
    rule: RuleName,
    noise: float,
) -> Sweep:
    """Return accuracies over the imbalance ratio (columns) and theta (rows); see `theta_sweep`.

    Parameters
    ----------
    sizes : (int, int, str)
        Classes, samples of the largest, and profile, as for `app.longtail.class_counts`.
    ratios, thetas : sequences of float
    centers : (str, int)
        Strategy and mean centers a class.
    rule : str
    noise : float
    """
    K, head, profile = sizes
    tails = [class_counts(K, head, ratio, profile) for ratio in ratios]
    found = np.array(
        [
            [
                rule_accuracy(
                    rule, counts, strategy_centers(centers[0], counts, centers[1]), theta, noise
                )
                for counts in tails
            ]
            for theta in thetas
        ]
    )
    base = [_single(counts, rule, noise) for counts in tails]
    return Sweep(
        np.asarray(ratios, float),
        np.asarray(thetas, float),
        found.mean(axis=2),
        found.min(axis=2),
        np.array(base),
    )


def _single(counts: IntArray, rule: RuleName, noise: float) -> float:
    """Mean accuracy with one center a class that is its class vector."""
    ones = np.ones(len(counts), np.int64)
    return float(rule_accuracy(rule, counts, ones, np.pi / 2, noise).mean())
