"""A learning rate that suits a problem."""

import numpy as np

from app.ufm.problem import Problem
from app.ufm.recipe import ADAM

_ADAM_RATE = 0.05


def first_rate(problem: Problem, method: int) -> float:
    """Return the rate that training starts with if none is given.

    Near the origin the objective curves by at most ``max_k (c_k / sqrt(n_k)) max_j A[j,k]``, times
    at most sqrt(2), where c_k is the weight of class k, plus the decays; the rate is the inverse
    of that without the sqrt(2). For averaged cross-entropy it is ``N / sqrt(n_max)``, which is the
    ``0.1 N`` that suits a largest class of 100 samples; a rate of 0.1, customary for networks,
    would be a hundred times slower. For Adam, whose steps have the length of the rate, it is 0.05.
    """
    if method == ADAM:
        return _ADAM_RATE
    steepest = np.abs(problem.multipliers).max(axis=0)[problem.labels]
    sizes = problem.counts[problem.labels]
    slopes = problem.weights / problem.copies * np.sqrt(sizes) * steepest
    decays = problem.weight_decay, problem.feature_decay, problem.bias_decay
    return float(1.0 / (slopes.max() + max(decays)))
