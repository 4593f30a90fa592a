import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import etf_angle, pair_angles, pair_factors, weight_angles


def skewed_counts(num_classes, ratio=100.0):
    return 500 * ratio ** -np.linspace(0, 1, num_classes)


@pytest.mark.parametrize("num_classes", [2, 3, 10, 100])
def test_angles_follow_the_published_fraction(num_classes):
    rng = np.random.default_rng(num_classes)
    counts, norms = skewed_counts(num_classes), np.exp(0.2 * rng.normal(size=num_classes))
    psi = etf_angle(num_classes)
    theta = pair_angles(counts, 0.7, feature_norms=norms)
    pull = counts**0.7 * norms
    np.testing.assert_allclose(theta, psi * pull / (pull[:, None] + pull), rtol=1e-12)
    np.testing.assert_allclose(theta + theta.T, psi, rtol=1e-14)


@given(gamma=st.floats(-1e300, 1e300), ratio=st.floats(1, 1e12))
def test_no_exponent_overflows(gamma, ratio):
    theta = pair_angles(skewed_counts(4, ratio), gamma)
    assert np.isfinite(theta).all()
    assert (theta >= 0).all()
    assert (theta <= etf_angle(4)).all()


def test_equal_counts_halve_the_angle():
    np.testing.assert_allclose(pair_angles([7, 7, 7], 3.0), np.pi / 3)


@pytest.mark.parametrize("num_classes", [3, 10, 100])
def test_factors_of_the_etf_have_the_sine_form(num_classes):
    psi = etf_angle(num_classes)
    theta = pair_angles(skewed_counts(num_classes), 0.7)
    kappa = pair_factors(theta, psi)
    expected = np.sin(theta) + np.cos(psi) * np.sin(theta.T)
    off = ~np.eye(num_classes, dtype=bool)
    np.testing.assert_allclose(kappa[off], expected[off], rtol=1e-9, atol=1e-14)


def test_votes_agree_with_the_angle_of_a_point_between_two_classes():
    """Walk the circle through two vectors: i beats j on the half circle before theta_ij."""
    psi, walk = 1.2, np.linspace(-np.pi, np.pi, 1001)
    z_i, z_j = np.cos(walk), np.cos(walk - psi)
    for share in (0.05, 0.5, 0.97):
        theta = np.array([[psi / 2, share * psi], [(1 - share) * psi, psi / 2]])
        kappa = pair_factors(theta, psi)
        beats = z_i * kappa[0, 1] > z_j * kappa[1, 0]
        np.testing.assert_array_equal(beats, np.sin(share * psi - walk) > 0)


def test_reciprocal_cosines_invert_the_vote_past_a_right_angle():
    """The reason for the product form: the older one reverses the pair's every vote."""
    counts, psi = [1000.0, 1.0], np.deg2rad(120)
    theta = pair_angles(counts, 1.0, psi=psi)
    assert theta[1, 0] > np.pi / 2
    kappa = pair_factors(theta, psi)
    walk = np.linspace(-3, 3, 101)
    z_i, z_j = np.cos(walk), np.cos(walk - psi)
    right = z_i * kappa[0, 1] > z_j * kappa[1, 0]
    older = z_i / np.cos(theta[0, 1]) > z_j / np.cos(theta[1, 0])
    np.testing.assert_array_equal(older, ~right)


def test_share_of_pairs_past_a_right_angle():
    """The inverted votes are no corner case: 3 of 45 pairs at K = 10, imbalance 100, g = 0.7."""
    theta = pair_angles(skewed_counts(10), 0.7)
    assert (theta > np.pi / 2).sum() == 3


def test_two_classes_compare_plain_logits():
    np.testing.assert_array_equal(pair_factors(pair_angles([100, 1], 2.0), np.pi), np.ones((2, 2)))


def test_weight_angles_match_the_arc_cosine_and_survive_its_ends():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(6, 4)) * 10.0 ** rng.integers(-200, 200, size=(6, 1))
    unit = weights / np.abs(weights).max(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    angles = weight_angles(weights)
    np.testing.assert_allclose(angles, np.arccos(np.clip(unit @ unit.T, -1, 1)), atol=1e-7)
    np.testing.assert_array_equal(angles, angles.T)
    tiny = weight_angles([[1, 0], [1, 1e-12], [-1, 1e-12]])
    assert tiny[0, 1] == pytest.approx(1e-12, rel=1e-6)
    assert np.pi - tiny[0, 2] == pytest.approx(1e-12, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: pair_angles([5, 0], 1.0), "counts"),
        (lambda: pair_angles([[5, 1]], 1.0), "counts"),
        (lambda: pair_angles(["a"], 1.0), "counts"),
        (lambda: pair_angles([5], 1.0), "num_classes"),
        (lambda: pair_angles([5, 1], np.nan), "gamma"),
        (lambda: pair_angles([5, 1], 1.0, psi=4.0), "psi"),
        (lambda: pair_angles([5, 1], 1.0, psi=np.ones((3, 3))), "psi"),
        (lambda: pair_angles([5, 1], 1.0, feature_norms=[1]), "feature_norms"),
        (lambda: pair_factors([1.0, 2.0], 1.0), "theta"),
        (lambda: weight_angles([[1, 0], [0, 0]]), "weights"),
        (lambda: weight_angles([[1, np.inf]]), "weights"),
        (lambda: weight_angles([1, 2]), "weights"),
        (lambda: etf_angle(1), "num_classes"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(UserError, match=name):
        call()
