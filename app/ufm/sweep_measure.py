"""Models at their optimum, and what tells the phases of minority collapse apart there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.ufm.batch import Solutions, solve_batch
from app.ufm.problem import problem_of
from app.ufm.spec import UFMSpec

FloatArray = NDArray[np.float64]

# Optima come converged to about 1e-8: what is zero there stays below this, what is not is above.
NOTHING = 1e-5


def measure(models: Sequence[UFMSpec], num_minority: int) -> dict[str, FloatArray]:
    """Solve models as one batch and measure each, (B,).

    Parameters
    ----------
    models : sequence of UFMSpec
        Alike but for their numbers (`stack.kind_of`).
    num_minority : int
        The last classes, which count as small.

    Returns
    -------
    dict of str to (B,) array
        "minority_distance": the largest distance between class vectors of the minority, relative
        to ``||W||``; "minority_norm": the largest norm of a mean of the minority, relative to
        that of any class; "logit_size": the largest logit, without bias; "rank" of the logits
        without bias; "accuracy": share of the classes whose own logit is above all others;
        "objective", "lower_bound" and "certificate_ratio" (see `certificate.Certificate`).
    """
    found = solve_batch([problem_of(model) for model in models])
    counts = np.array([model.counts for model in models], dtype=float)
    W, H = found.classifier, found.means
    logits = W @ np.swapaxes(H, -1, -2)
    size = np.abs(logits).max(axis=(-2, -1))
    alive = size > NOTHING
    minority = slice(-num_minority, None)
    lengths = np.linalg.norm(H, axis=-1)
    return {
        "minority_distance": _share(
            _largest_distance(W[:, minority]), np.linalg.norm(W, axis=(-2, -1)), alive
        ),
        "minority_norm": _share(lengths[:, minority].max(axis=-1), lengths.max(axis=-1), alive),
        "logit_size": size,
        "rank": _rank(logits, counts),
        "accuracy": _accuracy(logits + found.bias[:, :, None]),
        **_certificates(found),
    }


def _share(part: FloatArray, whole: FloatArray, alive: NDArray[np.bool_]) -> FloatArray:
    """Quotient, 0 for what is nothing as a whole."""
    return np.divide(part, whole, out=np.zeros_like(part), where=alive)


def _largest_distance(rows: FloatArray) -> FloatArray:
    """Between rows (B, k, d), (B,); row by row, for all pairs at once take too much memory."""
    gaps = [
        np.linalg.norm(rows - rows[:, k : k + 1], axis=-1).max(axis=-1)
        for k in range(rows.shape[1])
    ]
    return np.asarray(np.max(gaps, axis=0))


def _rank(logits: FloatArray, counts: FloatArray) -> FloatArray:
    """Numerical rank of logits times sqrt(n), whose nuclear norm the decays penalise, (B,)."""
    values = np.linalg.svd(logits * np.sqrt(counts)[:, None, :], compute_uv=False)
    floor = np.maximum(values[:, 0], np.sqrt(counts.max(axis=-1)))
    return np.asarray((values > NOTHING * floor[:, None]).sum(axis=-1), dtype=float)


def _accuracy(logits: FloatArray) -> FloatArray:
    """Share of the classes that are recognised; a tie is none. Columns are samples, (B,)."""
    own = np.einsum("bkk->bk", logits).copy()
    others = logits.copy()
    np.einsum("bkk->bk", others)[...] = -np.inf
    return np.asarray((own > others.max(axis=-2) + NOTHING).mean(axis=-1))


def _certificates(found: Solutions) -> dict[str, FloatArray]:
    return {
        "objective": found.objective,
        "lower_bound": found.lower_bound,
        "certificate_ratio": found.ratio,
    }
