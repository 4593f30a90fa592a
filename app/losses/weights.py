"""Class weights that re-balance a loss; NumPy only."""

import numpy as np
from numpy.typing import ArrayLike

from app.losses.form import FloatArray, positive_counts, require


def class_balanced_weights(counts: ArrayLike, beta: float = 0.9999) -> FloatArray:
    """Weights ``(1 - beta) / (1 - beta ** n_k)`` scaled to sum K, (K,).

    The inverse effective numbers of samples of Cui et al., CVPR 2019 (arXiv 1901.05555, eq. 4 and
    section 5.1). They are 1 for beta = 0 and tend to multiples of 1 / n_k for beta to 1.

    Raises
    ------
    UserError
        If a count is not positive or beta not in [0, 1).
    """
    sizes = positive_counts(counts)
    require(0 <= beta < 1, "beta", "in [0, 1)", beta)
    if beta == 0:
        return np.ones(sizes.size)
    # beta ** n = exp(n log beta): exact differences from 1 where beta is close to it.
    weights = (1 - beta) / -np.expm1(sizes * np.log(beta))
    return np.asarray(weights * sizes.size / weights.sum())


def power_weights(counts: ArrayLike, rho: float = 1.2) -> FloatArray:
    """Weights proportional to ``n_k ** -rho``, of mean 1 over the training samples, (K,).

    The generalised re-weighting of Zhang et al., CVPR 2021 (DisAlign, arXiv 2103.16370, eq. 10),
    who divide by the sum of weights in every batch; here the expectation of that is fixed once.
    rho = 1 gives ``N / (K n_k)``.

    Raises
    ------
    UserError
        If a count is not positive or rho not in [-10, 10].
    """
    sizes = positive_counts(counts)
    require(abs(rho) <= 10, "rho", "in [-10, 10]", rho)
    weights = (sizes / sizes.max()) ** -rho
    return per_sample_mean_one(weights, sizes)


def per_sample_mean_one(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Scale class weights to mean 1 over the training samples, (K,)."""
    return np.asarray(weights * counts.sum() / (counts @ weights))
