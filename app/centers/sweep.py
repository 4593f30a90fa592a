"""Accuracy of a rule over the angle of the frame, the number of centers and the imbalance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.centers.noise import rule_accuracy
from app.centers.rules import RuleName
from app.centers.spec import Strategy
from app.longtail import Profile, class_counts
from app.theory import centers_per_class

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Look = Literal["mean", "last"]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Accuracies by class of many frames, and of one center a class as a baseline.

    Attributes
    ----------
    x, y : (C,), (R,) arrays
        What was varied.
    accuracies : (R, C, K) array
    baseline : (C, K) array
        By the same rule, with one center a class at theta = pi/2.
    """

    x: Array
    y: Array
    accuracies: Array
    baseline: Array

    def seen(self, look: Look) -> tuple[Array, Array]:
        """Return one number a frame, (R, C), and its baseline, (C,).

        Parameters
        ----------
        look : {"mean", "last"}
            Mean over the classes, or the last class.
        """
        if look == "last":
            return self.accuracies[..., -1], self.baseline[..., -1]
        return self.accuracies.mean(axis=-1), self.baseline.mean(axis=-1)


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
    found = [
        [
            rule_accuracy(rule, counts, strategy_centers(strategy, counts, f), theta, noise)
            for theta in thetas
        ]
        for f in mean_centers
    ]
    base = [_single(counts, rule, noise)] * len(thetas)
    return _sweep(thetas, mean_centers, found, base)


def ratio_sweep(
    sizes: tuple[int, int, Profile, float],
    ratios: Sequence[float],
    thetas: Sequence[float],
    centers: tuple[Strategy, int],
    rule: RuleName,
    noise: float,
) -> Sweep:
    """Return accuracies over the imbalance ratio (columns) and theta (rows); see `theta_sweep`.

    Parameters
    ----------
    sizes : (int, int, str, float)
        Classes, samples of the largest, profile and share of minority classes, as for
        `app.longtail.class_counts`.
    ratios, thetas : sequences of float
    centers : (str, int)
        Strategy and mean centers a class.
    rule : str
    noise : float
    """
    K, head, profile, fraction = sizes
    tails = [class_counts(K, head, ratio, profile, fraction) for ratio in ratios]
    frames = [strategy_centers(centers[0], counts, centers[1]) for counts in tails]
    pairs = list(zip(tails, frames, strict=True))
    found = [[rule_accuracy(rule, n, f, theta, noise) for n, f in pairs] for theta in thetas]
    return _sweep(ratios, thetas, found, [_single(counts, rule, noise) for counts in tails])


def _sweep(
    x: Sequence[float], y: Sequence[float], found: list[list[Array]], base: list[Array]
) -> Sweep:
    return Sweep(np.asarray(x, float), np.asarray(y, float), np.array(found), np.array(base))


def _single(counts: IntArray, rule: RuleName, noise: float) -> Array:
    """Accuracies with one center a class that is its class vector, (K,)."""
    return rule_accuracy(rule, counts, np.ones(len(counts), np.int64), np.pi / 2, noise)
