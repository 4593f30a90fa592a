from math import erfc, sqrt

import numpy as np
import pytest

from app.errors import UserError
from app.theory import boundary_angle, etf_angle, mla_floor, pair_optimum


def errors(angle, psi, n_i, n_j, noise):
    """Gaussian error shares of the two classes, added."""
    near = np.sin(angle) * sqrt(n_i / 2) / noise
    far = np.sin(psi - angle) * sqrt(n_j / 2) / noise
    return (erfc(near) + erfc(far)) / 2


@pytest.mark.parametrize("num_classes", [3, 10, 100])
@pytest.mark.parametrize("ratio", [0.01, 0.1, 1, 4])
@pytest.mark.parametrize("noise", [3.0, 10.0])
def test_no_angle_makes_fewer_errors(num_classes, ratio, noise):
    psi, n_i, n_j = etf_angle(num_classes), 500, 500 * ratio
    best = pair_optimum(n_i, n_j, num_classes, noise)
    grid = np.linspace(0, psi, 4001)
    share = [errors(a, psi, n_i, n_j, noise) for a in grid]
    assert errors(best, psi, n_i, n_j, noise) <= min(share) + 1e-15
    assert abs(best - grid[np.argmin(share)]) < 3 * grid[1]


def test_less_noise_tends_to_the_sine_rule():
    ratio = np.array([0.1, 0.5, 1, 4])
    limit = boundary_angle("sine", 1, ratio, 10, 0.5)
    gaps = [np.abs(pair_optimum(1, ratio, 10, c) - limit).max() for c in (0.1, 0.01, 0.001)]
    assert gaps[0] > 10 * gaps[1] > 100 * gaps[2]
    assert gaps[2] < 1e-5


def test_past_the_floor_the_equal_deviations_angle_is_not_the_optimum():
    """K = 3, ratio 100: equal standard deviations would cut at 5.2 degrees, the best is 30."""
    psi, sigmas = etf_angle(3), 0.1
    equal = np.arctan2(sigmas * np.sin(psi), 1 + sigmas * np.cos(psi))
    assert np.degrees(equal) == pytest.approx(5.21, abs=0.005)
    best = pair_optimum(500, 5, 3, 0.5)
    assert best == pytest.approx(mla_floor(3), abs=1e-6)
    assert best == pytest.approx(boundary_angle("sine", 500, 5, 3, 0.5), abs=1e-6)
    assert errors(best, psi, 500, 5, 0.5) < 0.1 * errors(equal, psi, 500, 5, 0.5)


def test_two_classes_stay_upright_and_extremes_stay_finite():
    assert pair_optimum(1000, 1, 2, 5.0) == pytest.approx(np.pi / 2)
    extreme = pair_optimum(1e6, 1, 10, [1e-300, 1e-9, 1e9, 1e300])
    assert np.isfinite(extreme).all()


def test_bad_noise_is_named():
    with pytest.raises(UserError, match="noise"):
        pair_optimum(5, 1, 3, 0.0)
