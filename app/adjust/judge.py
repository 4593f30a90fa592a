"""What scores do on rows of logits: predictions, likelihood and confidence, block by block."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import ScoreFunction
from app.adjust.intervals import row_blocks

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Judged(NamedTuple):
    """Outcome of a score function on some rows.

    Attributes
    ----------
    predictions : (N,) int64 array
    log_likelihoods : (N,) array
        Log softmax of the label's score; NaN if the scores are votes.
    confidences : (N,) array
        Largest softmax probability; NaN if the scores are votes.
    """

    predictions: IntArray
    log_likelihoods: FloatArray
    confidences: FloatArray


def judge_rows(
    logits: NDArray[np.floating],
    labels: IntArray,
    rows: IntArray,
    scores: ScoreFunction,
    probabilistic: bool = True,
) -> Judged:
    """Score some rows without ever holding more than a block of scores.

    Parameters
    ----------
    logits : (N, K) array
    labels : (N,) int64 array
    rows : (M,) int64 array
        Which rows to judge; results are in this order.
    scores : callable
        From `app.adjust.adjusters.score_function`.
    probabilistic : bool
        Whether to take softmaxes.
    """
    predictions = np.empty(rows.size, dtype=np.int64)
    likelihoods, confidences = np.full(rows.size, np.nan), np.full(rows.size, np.nan)
    for block in row_blocks(rows.size, logits.shape[1]):
        s = scores(logits[rows[block]])
        predictions[block] = s.argmax(axis=1)
        if probabilistic:
            s -= s.max(axis=1, keepdims=True)
            own = np.take_along_axis(s, labels[rows[block], None], axis=1)[:, 0]
            total = np.exp(s, out=s).sum(axis=1)
            likelihoods[block] = own - np.log(total)
            confidences[block] = 1 / total
    return Judged(predictions, likelihoods, confidences)


def fit_temperature(logits: NDArray[np.floating], labels: IntArray, rows: IntArray) -> float:
    """Return the temperature T that minimises the mean negative log-likelihood of softmax(z / T).

    The likelihood is convex in 1 / T; the zero of its derivative, the mean of E[z] - z_y under the
    softmax, is bracketed in [1/100, 100] and found by Brent's method (Guo et al., ICML 2017, use
    L-BFGS). Where every row is right the likelihood has no maximum and the bracket's end is given.
    """
    from scipy.optimize import brentq

    def derivative(log_inverse: float) -> float:
        beta = float(np.exp(log_inverse))
        return sum(_excess(z, y, beta) for z, y in _blocks(logits, labels, rows)) / rows.size

    low, high = -np.log(100.0), np.log(100.0)
    at_low, at_high = derivative(low), derivative(high)
    if at_low >= 0 or at_high <= 0:
        # Both are zero where every row is right by so much that its softmax is exactly one.
        return float(np.exp(-(high if at_high <= 0 else low)))
    return float(np.exp(-brentq(derivative, low, high, xtol=1e-6)))


def _blocks(
    logits: NDArray[np.floating], labels: IntArray, rows: IntArray
) -> Iterator[tuple[FloatArray, IntArray]]:
    for block in row_blocks(rows.size, logits.shape[1]):
        yield logits[rows[block]].astype(np.float64), labels[rows[block]]


def _excess(z: FloatArray, labels: IntArray, beta: float) -> float:
    """Sum over rows of the softmax mean of z at inverse temperature beta, minus z of the label."""
    weight = np.exp(beta * (z - z.max(axis=1, keepdims=True)))
    mean = (weight * z).sum(axis=1) / weight.sum(axis=1)
    return float((mean - z[np.arange(len(z)), labels]).sum())
