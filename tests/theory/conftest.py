"""The unconstrained-features model itself, minimised without any theory."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax


@pytest.fixture(scope="session")
def search():
    """Return a function that minimises the objective over classifier and means."""
    return minimized


@pytest.fixture(scope="session")
def loss_arrays():
    """Return a function from the name of a loss to its multipliers, offsets and weights."""
    return arrays_of


def minimized(counts, decays, multipliers=1.0, offsets=0.0, weights=1.0, dim=None, relu=False):
    """Lowest value, classifier (K, d) and means (K, d) from a random start."""
    size, root = len(counts), np.sqrt(counts)
    dim, scale = dim or size, np.sqrt(np.prod(decays))
    shares = counts * weights / counts.sum()

    def value_and_slope(flat):
        classifier, weighted = flat.reshape(2, size, dim)
        logs = log_softmax(multipliers * (classifier @ weighted.T / root) + offsets, axis=0)
        push = shares * multipliers * (np.exp(logs) - np.eye(size)) / root
        penalty = decays[0] * (classifier**2).sum() + decays[1] * (weighted**2).sum()
        slopes = (
            push @ weighted + decays[0] * classifier,
            push.T @ classifier + decays[1] * weighted,
        )
        value = -shares @ np.diag(logs) + penalty / 2
        return value / scale, np.concatenate([slope.ravel() for slope in slopes]) / scale

    flat = np.random.default_rng(3).normal(size=(2, size, dim)) / np.sqrt(dim)
    lowest = -np.inf
    if relu:
        flat[1], lowest = np.abs(flat[1]), 0.0
    bounds = [(-np.inf, np.inf)] * (size * dim) + [(lowest, np.inf)] * (size * dim)
    options = {"maxiter": 3000, "maxfun": 10_000, "ftol": 1e-16, "gtol": 1e-9, "maxcor": 30}
    found = minimize(
        value_and_slope, flat.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    flat = found.x
    classifier, weighted = flat.reshape(2, size, dim)
    return found.fun * scale, classifier, weighted / root[:, None]


def arrays_of(name, counts, gamma=0.4, tau=1.0, margin=2.0):
    """A[j, k], I[j, k] and omega[k] of a loss; temperatures of mean 1."""
    size = len(counts)
    ones, zeros = np.ones((size, size)), np.zeros((size, size))
    delta = counts**gamma / np.mean(counts**gamma)
    prior = tau * np.log(counts / counts.sum())[:, None] * ones
    weights = np.ones(size)
    table = {
        "ce": (ones, zeros, weights),
        "wce": (ones, zeros, counts.sum() / (size * counts)),
        "la": (ones, prior, weights),
        "cdt": (delta[:, None] * ones, zeros, weights),
        "ldt": (delta * ones, zeros, weights),
        "vs": (delta[:, None] * ones, prior, weights),
        "ldam": (ones, -np.diag(margin * (counts.min() / counts) ** 0.25), weights),
    }
    return table[name]
