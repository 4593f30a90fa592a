"""A learning rate that suits a problem."""

import numpy as np

from app.ufm.problem import Problem
from app.ufm.recipe import ADAM

_ADAM_RATE = 0.05


def first_rate(problem: Problem, method: int) -> float:
    """Return the rate that training starts with if none is given.

    The inverse of ``max_k (c_k / sqrt(n_k)) max_j |A[j, k]|`` plus the largest decay, with c_k the
    weight of class k: so much cross-entropy curves where all logits are equal. Averaged over
    samples it is ``N / sqrt(n_max)``, and so ``0.1 N`` where the largest class has 100 samples; a
    rate of 0.1, customary for networks, would be N times slower. For Adam, whose steps are of the
    length of the rate, it is 0.05.
    """
    if method == ADAM:
        return _ADAM_RATE
    steepest = np.abs(problem.multipliers).max(axis=0)[problem.labels]
    sizes = problem.counts[problem.labels]
    slopes = problem.weights / problem.copies * np.sqrt(sizes) * steepest
    decays = problem.weight_decay, problem.feature_decay, problem.bias_decay
    return float(1.0 / (slopes.max() + max(decays)))
