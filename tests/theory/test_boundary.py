import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.longtail import class_counts
from app.theory import boundary_angle, etf_angle, matched_gamma, mla_floor, pair_angles

DEGREE = np.pi / 180
MANY = 10**9  # classes, for psi = 90 degrees


def crossing(score_difference, low, high):
    """Bisection for the angle where class i's lead of `score_difference` is used up."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if score_difference(middle) > 0 else (low, middle)
    return middle


@pytest.mark.parametrize("num_classes", [3, 10, 100])
@pytest.mark.parametrize("ratio", [0.01, 0.3, 1, 4, 100])
@pytest.mark.parametrize("gamma", [0.5, 1.6])
def test_mla_is_where_the_scores_meet(num_classes, ratio, gamma):
    psi, n_i, n_j = etf_angle(num_classes), 500.0, 500.0 * ratio
    found = crossing(lambda a: np.cos(a) * n_i**-gamma - np.cos(psi - a) * n_j**-gamma, 0, psi)
    assert boundary_angle("mla", n_i, n_j, num_classes, gamma) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("num_classes", [2, 3, 10, 100])
@pytest.mark.parametrize("ratio", [0.2, 1, 3, 100])
@pytest.mark.parametrize("norm", [1.0, 3.0, 30.0])
def test_ala_is_where_the_scores_meet_or_nowhere(num_classes, ratio, norm):
    psi, n_i, n_j, tau = etf_angle(num_classes), 500.0, 500.0 * ratio, 1.0

    def lead(angle):
        return norm * (np.cos(angle) - np.cos(psi - angle)) - tau * np.log(n_i / n_j)

    angle = boundary_angle("ala", n_i, n_j, num_classes, tau, feature_norm=norm)
    circle = np.linspace(-np.pi, np.pi, 20001)
    if np.isnan(angle):
        assert len(set(np.sign(lead(circle)))) == 1
    else:
        found = crossing(lead, psi / 2 - np.pi / 2, psi / 2 + np.pi / 2)
        assert angle == pytest.approx(found, abs=1e-7)


@pytest.mark.parametrize("num_classes", [3, 10, 100])
@pytest.mark.parametrize("ratio", [0.01, 0.3, 1, 4])
def test_sine_rule_passes_both_means_at_equal_standard_deviations(num_classes, ratio):
    psi = etf_angle(num_classes)
    angle = boundary_angle("sine", 500, 500 * ratio, num_classes, 0.5)
    floor = mla_floor(num_classes)
    assert floor - 1e-12 <= angle <= np.pi / 2 + 1e-12
    if angle > floor + 1e-9:
        assert np.sin(angle) / np.sin(psi - angle) == pytest.approx(ratio**0.5)


def test_pairwise_rule_is_the_matrix_form():
    counts, norms = np.array([500.0, 40, 3]), np.array([1.0, 2, 0.7])
    pairs = counts[:, None], counts[None]
    angles = boundary_angle("1vs1", *pairs, 3, 0.7, mean_norms=(norms[:, None], norms))
    np.testing.assert_allclose(angles, pair_angles(counts, 0.7, feature_norms=norms), rtol=1e-12)


@pytest.mark.parametrize("rule", ["mla", "ala", "1vs1", "sine"])
@pytest.mark.parametrize("num_classes", [2, 3, 10, 1000])
def test_equal_counts_meet_half_way(rule, num_classes):
    angle = boundary_angle(rule, 70, 70, num_classes, 0.8, feature_norm=5)
    assert angle == pytest.approx(etf_angle(num_classes) / 2)


def test_the_published_plotting_formula_has_a_wrong_sign():
    """With + cos psi equal counts meet at 41.8 degrees for K = 10, nearer to one of two equals."""
    psi = etf_angle(10)
    published = np.arctan((1 + np.cos(psi)) / np.sin(psi))
    ours = boundary_angle("mla", 70, 70, 10, 0.5)
    assert published / DEGREE == pytest.approx(41.81, abs=0.005)
    assert ours / DEGREE == pytest.approx(48.19, abs=0.005)
    assert np.cos(ours) == pytest.approx(np.cos(psi - ours))
    assert np.cos(published) > 1.2 * np.cos(psi - published)


@given(
    rule=st.sampled_from(["mla", "1vs1", "sine"]),
    ratio=st.floats(1e-12, 1e12),
    parameter=st.floats(-1e6, 1e6),
    num_classes=st.integers(2, 2000),
)
def test_both_views_of_a_boundary_add_up(rule, ratio, parameter, num_classes):
    there = boundary_angle(rule, 1, ratio, num_classes, parameter)
    back = boundary_angle(rule, ratio, 1, num_classes, parameter)
    assert there + back == pytest.approx(etf_angle(num_classes))


@pytest.mark.parametrize(("num_classes", "degrees"), [(2, 90), (3, 30), (10, 6.379), (100, 0.579)])
def test_mla_stops_at_its_floor(num_classes, degrees):
    assert mla_floor(num_classes) / DEGREE == pytest.approx(degrees, abs=5e-4)
    limit = boundary_angle("mla", [1e6, 1], [1, 1e6], num_classes, 50)
    np.testing.assert_allclose(limit, [mla_floor(num_classes), np.pi / 2], atol=1e-12)


def test_two_classes_are_not_moved_by_multiplication():
    angles = boundary_angle("mla", 1000, [1, 10, 1e5], 2, 3.0)
    np.testing.assert_allclose(angles, np.pi / 2)
    assert matched_gamma(0.5, 2) == np.inf
    assert matched_gamma(-0.5, 2) == -np.inf
    assert matched_gamma(0, 2) == 0


@pytest.mark.parametrize(
    ("num_classes", "factor"), [(MANY, 0.785), (100, 0.798), (10, 0.940), (3, 1.814)]
)
def test_matched_gamma_is_the_slope_at_equal_counts(num_classes, factor):
    assert matched_gamma(1.0, num_classes) == pytest.approx(factor, abs=5e-4)
    ratio = np.exp([-1e-4, 1e-4])
    mla = boundary_angle("mla", 1, ratio, num_classes, matched_gamma(0.5, num_classes))
    pairwise = boundary_angle("1vs1", 1, ratio, num_classes, 0.5)
    assert np.diff(mla) == pytest.approx(np.diff(pairwise), rel=1e-5)


@pytest.mark.parametrize(
    ("num_classes", "same", "best", "at"),
    [
        (MANY, 4.07, 0.48, 0.410),
        (100, 3.69, 0.59, 0.419),
        (10, 3.23, 2.07, 0.553),
        (3, 23.8, 19.1, 5.2),
    ],
)
def test_how_far_mla_is_from_the_pairwise_rule(num_classes, same, best, at):
    """Largest gap over count ratios up to 100: at equal gamma 1/2, and at the best gamma."""
    ratio = np.geomspace(0.01, 100, 4001)
    pairwise = boundary_angle("1vs1", 1, ratio, num_classes, 0.5)

    def gap(gamma):
        mla = boundary_angle("mla", 1, ratio, num_classes, gamma)
        return np.abs(mla - pairwise).max() / DEGREE

    assert gap(0.5) == pytest.approx(same, abs=0.01)
    assert gap(at) == pytest.approx(best, abs=0.02)
    near = np.linspace(0.97 * at, 1.03 * at, 13)
    assert min(map(gap, near)) > best - 0.02


@pytest.mark.parametrize(
    ("num_classes", "head", "mean", "published"), [(10, 4980, 0.72, 6.38), (100, 480, 2.54, 2.88)]
)
def test_mean_gap_on_the_long_tailed_cifar_pairs(num_classes, head, mean, published):
    """The correct mean gap, and what the published plots inflate it to by their wrong sign."""
    counts = class_counts(num_classes, head, 100).astype(float)
    pairs, off = (counts[:, None], counts[None]), ~np.eye(num_classes, dtype=bool)
    pairwise = boundary_angle("1vs1", *pairs, num_classes, 0.5)
    mla = boundary_angle("mla", *pairs, num_classes, 0.5)
    assert np.abs(mla - pairwise)[off].mean() / DEGREE == pytest.approx(mean, abs=0.005)
    psi, weight = etf_angle(num_classes), np.sqrt(counts[None] / counts[:, None])
    wrong = np.arctan((weight + np.cos(psi)) / np.sin(psi))
    assert np.abs(wrong - pairwise)[off].mean() / DEGREE == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize("gamma", [0.5, 1.0])
def test_at_a_right_angle_the_sine_rule_is_mla(gamma):
    ratio = np.geomspace(0.01, 100, 9)
    np.testing.assert_allclose(
        boundary_angle("sine", 1, ratio, MANY, gamma), boundary_angle("mla", 1, ratio, MANY, gamma)
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"rule": "platt"}, "rule"),
        ({"rule": "ala"}, "feature_norm"),
        ({"rule": "ala", "feature_norm": 0}, "feature_norm"),
        ({"n_i": 0}, "n_i"),
        ({"n_j": [1, -1]}, "n_j"),
        ({"num_classes": 1}, "num_classes"),
        ({"parameter": np.inf}, "parameter"),
        ({"rule": "1vs1", "mean_norms": (1, 0)}, "mean_norms"),
    ],
)
def test_bad_arguments_are_named(change, name):
    good = {"rule": "mla", "n_i": 5, "n_j": 1, "num_classes": 3, "parameter": 0.5}
    with pytest.raises(UserError, match=name):
        boundary_angle(**{**good, **change})
