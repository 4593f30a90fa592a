import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from app.errors import UserError
from app.theory import fang_ratio


@pytest.mark.parametrize(
    ("majority", "expected"), [(3, (245.5, 6351)), (5, (12.2, 81.1)), (7, (4.0, 13.7))]
)
def test_known_ratios(majority, expected):
    """Ten classes; training under the constraints below and above them was checked by hand."""
    found = fang_ratio(majority, 10 - majority, 1.0, [5.0, 10.0])
    np.testing.assert_allclose(found, expected, rtol=5e-3)
    np.testing.assert_allclose(fang_ratio(majority, 10 - majority, [5.0, 10.0], 1.0), found)


def trained(sizes, ratio, energy):
    """Classifier (K, d) of least loss on the two spheres of the energies, from a random start."""
    size, counts = sum(sizes), np.repeat([ratio, 1.0], sizes)

    def value_and_slope(flat):
        raw = flat.reshape(2, size, size)
        norms = np.linalg.norm(raw, axis=(1, 2), keepdims=True)
        radius = np.sqrt(size * np.array([1.0, energy]))[:, None, None]
        classifier, means = radius * raw / norms
        logs = log_softmax(classifier @ means.T, axis=0)
        push = (np.exp(logs) - np.eye(size)) * counts / counts.sum()
        slopes = np.stack([push @ means, push.T @ classifier]) * radius / norms
        units = raw / norms
        slopes -= units * (units * slopes).sum(axis=(1, 2), keepdims=True)
        return -counts @ np.diag(logs) / counts.sum(), slopes.ravel()

    start = np.random.default_rng(0).normal(size=2 * size * size)
    options = {"maxiter": 20_000, "maxfun": 50_000, "ftol": 1e-17, "gtol": 1e-11, "maxcor": 40}
    for _ in range(3):
        found = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options=options)
        start = found.x
    classifier = found.x.reshape(2, size, size)[0]
    return classifier / np.linalg.norm(classifier)


@pytest.mark.parametrize(("factor", "apart"), [(0.85, True), (1.15, False)])
def test_training_under_the_constraints(factor, apart):
    sizes, energy = (2, 3), 3.0
    ratio = factor * float(fang_ratio(*sizes, 1.0, energy))
    minority = trained(sizes, ratio, energy)[2:]
    assert (np.linalg.norm(minority - minority.mean(axis=0), axis=1).max() > 1e-2) == apart


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 1, 1, 5), r"num_minority must be at least 2, got 1\."),
        ((5, 5, 0, 5), r"classifier_energy must be finite and above 0, got 0\.0"),
        ((5, 5, 1, 1e4), r"classifier_energy \* feature_energy must be small enough for a ratio"),
    ],
)
def test_what_has_no_ratio_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        fang_ratio(*arguments)
