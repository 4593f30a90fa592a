"""A balanced test of the rules: features of training samples, with noise."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from app.centers.metrics import unit_rows
from app.centers.rules import RULE_WORDS, RuleName, correct, rule_scores
from app.errors import UserError
from app.theory import CenterFrame

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]
IntArray = NDArray[np.int64]

SEEDS = 5
# Numbers of all test features of a seed, and samples of a class at most.
_NUMBERS, _MOST = 400_000, 2_000


def noisy_accuracies(
    frame: CenterFrame,
    features: Matrix,
    labels: IntArray,
    counts: IntArray,
    noise: float,
    seeds: int = SEEDS,
) -> Mapping[RuleName, Matrix]:
    """Return the accuracy of every rule on each class, measured once a seed.

    Equally many test features a class: training features of the class, drawn at random and
    scaled to length 1, plus normal noise.

    Parameters
    ----------
    frame : CenterFrame
    features : (M, d) array
        Training features, of every class at least one.
    labels : (M,) int array
    counts : (K,) int array
        Training samples of each class, which weigh in the mean that "rcr-bn" subtracts.
    noise : float
        Standard deviation in every coordinate, at least 0.
    seeds : int

    Returns
    -------
    mapping of rule to (seeds, K) array

    Raises
    ------
    UserError
        If noise or seeds are out of range.
    """
    if not 0 <= noise <= 100:
        raise UserError(f"noise must be in [0, 100], got {noise}.")
    if not 1 <= seeds <= 100:
        raise UserError(f"seeds must be from 1 to 100, got {seeds}.")
    unit, K = unit_rows(features), len(counts)
    means = np.stack([unit[labels == k].mean(axis=0) for k in range(K)])
    center = counts @ means / counts.sum()
    size = max(20, min(_MOST, _NUMBERS // (K * frame.dim)))
    truth = np.repeat(np.arange(K), size)
    found: dict[RuleName, list[Array]] = {rule: [] for rule in RULE_WORDS}
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        drawn = np.concatenate([random.choice(np.flatnonzero(labels == k), size) for k in range(K)])
        test = unit[drawn] + noise * random.normal(size=(len(truth), frame.dim))
        for rule, rows in found.items():
            right = correct(rule_scores(rule, test, frame, center), truth)
            rows.append(right.reshape(K, size).mean(axis=1))
    return {rule: np.stack(rows) for rule, rows in found.items()}


def interval(values: Array) -> tuple[float, float, float]:
    """Return mean and 95 % confidence interval of the mean, over seeds: Student's t."""
    mean, size = float(values.mean()), len(values)
    if size < 2:
        return mean, mean, mean
    half = float(stdtrit(size - 1, 0.975) * values.std(ddof=1) / np.sqrt(size))
    return mean, mean - half, mean + half
