"""What is kept of a state of training."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import norm

from app.runs import Snapshot
from app.ufm.dynamics import Parameters
from app.ufm.problem import Matrix, Problem, logits, row_losses

MAX_FEATURES = 2_000
# Below, the inverse of what tells class means apart leaves the range of float64.
_EQUAL = 1e-150


def snapshot(
    problem: Problem,
    step: int,
    objective: float,
    parameters: Parameters,
    gradient: Parameters,
    learning_rate: float,
    *,
    diverged: bool = False,
) -> Snapshot:
    """Return class vectors and class means with their metrics.

    Arrays are "classifier" (K, d), "means" (K, d), "bias" (K,) if there is one, and for a problem
    of samples "features" (at most 2,000, d) and "feature_labels". Metrics are the "objective",
    its data term "loss", the "gradient_norm" over all that is trained, the "accuracy" on training
    samples, the "learning_rate", "diverged" (0 or 1), and for a problem of samples "scatter", the
    mean squared distance of a feature from its class mean, and "nc1".
    """
    W, U, b = parameters
    H = U if problem.per_sample else U / np.sqrt(problem.copies)[:, None]
    z = logits(problem, W, U, b)
    means = _class_means(problem, H)
    arrays: dict[str, NDArray[Any]] = {"classifier": W.copy(), "means": means}
    metrics = {
        "objective": objective,
        "loss": float(problem.weights @ row_losses(problem, z)[0]),
        "gradient_norm": gradient_norm(problem, U, gradient),
        "accuracy": _accuracy(problem, z),
        "learning_rate": learning_rate,
        "diverged": float(diverged),
    }
    if problem.bias:
        arrays["bias"] = b.copy()
    if problem.per_sample:
        deviations = H - means[problem.labels]
        metrics["scatter"] = float(np.vdot(deviations, deviations)) / problem.num_rows
        metrics["nc1"] = _nc1(deviations, means)
        shown = shown_rows(problem.counts)
        arrays |= {"features": H[shown], "feature_labels": problem.labels[shown]}
    return Snapshot(step, arrays, metrics)


def gradient_norm(problem: Problem, U: Matrix, gradient: Parameters) -> float:
    """Return the norm of the gradient, without what pushes features at zero below zero."""
    slopes_W, slopes_U, slopes_b = gradient
    if problem.relu:
        slopes_U = np.where(U > 0.0, slopes_U, np.minimum(slopes_U, 0.0))
    # Not NumPy's: just before training diverges, squares overflow.
    return math.hypot(
        *(norm(part.ravel(), check_finite=False) for part in (slopes_W, slopes_U, slopes_b))
    )


def shown_rows(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the samples that are kept: the first of each class, as evenly as counts allow."""
    quotas, room = np.zeros_like(counts), MAX_FEATURES
    for done, k in enumerate(np.argsort(counts, kind="stable")):
        quotas[k] = min(counts[k], room // (len(counts) - done))
        room -= quotas[k]
    starts = np.cumsum(counts) - counts
    return np.concatenate([np.arange(a, a + q) for a, q in zip(starts, quotas, strict=True)])


def _class_means(problem: Problem, H: Matrix) -> Matrix:
    """Mean of the rows of each class; they stand for equally many samples."""
    ends = np.cumsum(np.bincount(problem.labels))
    return np.stack([rows.mean(axis=0) for rows in np.split(H, ends[:-1])])


def _accuracy(problem: Problem, z: Matrix) -> float:
    """Share of samples whose own logit is above all others; a tie is an error."""
    own = problem.labels, np.arange(problem.num_rows)
    others = z.copy()
    others[own] = -np.inf
    return float(problem.copies @ (z[own] > others.max(axis=0)) / problem.counts.sum())


def _nc1(deviations: Matrix, means: Matrix) -> float:
    """``tr(Sw Sb^+) / K`` of Papyan, Han & Donoho, 2020, with Sb around the mean of class means.

    With M (K, d) the centred class means ``Sb = M^T M / K``, so it is the mean squared length of
    ``M^+`` times a deviation, and needs no d x d matrix. NaN if all class means are equal.
    """
    centred = means - means.mean(axis=0)
    if np.abs(centred).max() < _EQUAL:
        return float("nan")
    inverse = np.linalg.pinv(centred, rcond=1e-12)
    lengths = deviations @ inverse
    return float(np.vdot(lengths, lengths)) / len(lengths)
