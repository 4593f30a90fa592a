"""Centers per class, angles and frame, against the paper's example and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import center_angles, center_frame, centers_per_class, variability_plateau

CIFAR10 = {
    0.005: [1, 1, 2, 3, 5, 9, 16, 28, 49, 86],
    0.01: [1, 2, 3, 4, 7, 11, 18, 29, 47, 78],
    0.02: [2, 3, 4, 5, 9, 13, 20, 30, 45, 69],
}
# Classes with one center, and centers of the smallest class.
CIFAR100 = {0.005: (17, 101), 0.01: (4, 89), 0.02: (0, 77)}


def long_tailed(head, tau, K):
    """Sizes as the code that makes long-tailed CIFAR has them: rounded down."""
    return [int(head * tau ** (k / (K - 1))) for k in range(K)]


def test_worked_example_of_the_paper():
    assert centers_per_class([1, 3, 3], 3).tolist() == [4, 4, 1]


def test_equal_classes_at_the_small_end_get_more():
    assert centers_per_class([3, 3, 1], 3).tolist() == [1, 4, 4]
    assert centers_per_class([50] * 7, 20).tolist() == [20] * 7


@pytest.mark.parametrize("tau", CIFAR10)
def test_cifar_lists(tau):
    assert centers_per_class(long_tailed(5000, tau, 10), 20).tolist() == CIFAR10[tau]
    centers = centers_per_class(long_tailed(500, tau, 100), 20)
    assert ((centers == 1).sum(), centers.max()) == CIFAR100[tau]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 10**12), min_size=2, max_size=30), st.integers(2, 60))
def test_strategy_is_monotone_complete_and_blind_to_names(counts, mean_centers):
    centers = centers_per_class(counts, mean_centers)
    assert centers.sum() == mean_centers * len(counts)
    assert centers.min() >= 1
    order = np.argsort(counts, kind="stable")
    for smaller, larger in itertools.pairwise(order):
        if counts[smaller] < counts[larger]:
            assert centers[smaller] >= centers[larger]
    if counts[0] != counts[-1]:
        backwards = centers_per_class(counts[::-1], mean_centers)
        np.testing.assert_array_equal(backwards[::-1], centers)


def test_cosines_of_the_paper():
    alpha, rho = center_angles([1, 2, 5, 10, 20, 40, 77], 0.2)
    np.testing.assert_allclose(
        np.cos(alpha), [1, 0.721, 0.481, 0.368, 0.296, 0.252, 0.228], atol=5e-4
    )
    np.testing.assert_allclose(
        np.cos(rho), [0.199, 0.276, 0.413, 0.540, 0.672, 0.789, 0.872], atol=5e-4
    )


@pytest.mark.parametrize(
    ("theta", "degrees"),
    [
        (0.2, [(78.5, 0), (74.0, 43.9), (63.6, 63.5)]),
        (0.5, [(61.4, 0), (52.3, 38.4), (36.8, 53.2)]),
        (0.8, [(44.2, 0), (34.5, 29.5), (21.6, 39.5)]),
    ],
)
def test_angles_of_the_default_frame(theta, degrees):
    centers = centers_per_class([100, 30, 6], 3)
    assert centers.tolist() == [1, 2, 6]
    alpha, rho = np.degrees(center_angles(centers, theta))
    np.testing.assert_allclose(np.stack([rho, alpha], axis=1), degrees, atol=0.06)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=5),
    st.floats(0, math.pi / 2),
    st.integers(0, 5),
    st.integers(0, 99),
)
def test_frame_is_what_the_definition_says(per_class, theta, spare, seed):
    K, F = len(per_class), sum(per_class)
    frame = center_frame(per_class, theta, K + F + spare, seed)
    rows = np.concatenate([frame.classifier, frame.arms])
    np.testing.assert_allclose(rows @ rows.T, np.eye(K + F), atol=1e-12)
    same = frame.owners[:, None] == frame.owners
    expected = math.cos(theta) ** 2 * np.eye(F) + math.sin(theta) ** 2 * same
    np.testing.assert_allclose(frame.centers @ frame.centers.T, expected, atol=1e-12)
    own = frame.owners[:, None] == np.arange(K)
    np.testing.assert_allclose(
        frame.centers @ frame.classifier.T, math.sin(theta) * own, atol=1e-12
    )
    np.testing.assert_allclose(frame.directions @ frame.directions.T, np.eye(K), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(frame.means, axis=1), frame.cos_alpha, atol=1e-12)
    to_centers = (frame.directions[frame.owners] * frame.centers).sum(axis=1)
    np.testing.assert_allclose(to_centers, frame.cos_alpha[frame.owners], atol=1e-12)
    along = (frame.directions * frame.classifier).sum(axis=1)
    np.testing.assert_allclose(along, frame.cos_rho, atol=1e-12)


def test_at_the_ends_of_theta_centers_are_orthogonal_to_class_vectors_or_equal_to_them():
    flat, upright = (center_frame([2, 3], theta, seed=None) for theta in (0.0, math.pi / 2))
    assert not (flat.centers @ flat.classifier.T).any()
    np.testing.assert_allclose(upright.centers, upright.classifier[upright.owners], atol=1e-15)
    assert center_angles([2, 3], math.pi / 2)[0].tolist() == [0, 0]
    np.testing.assert_allclose(center_angles([2, 3], math.pi / 2)[1], 0, atol=1e-15)


def test_frame_without_a_seed_lies_along_the_axes():
    frame = center_frame([1, 2], 0.3, 7, seed=None)
    rows = np.concatenate([frame.classifier, frame.arms])
    np.testing.assert_array_equal(rows, np.eye(5, 7))


@pytest.mark.parametrize(
    ("head", "K", "strategy", "plateau"),
    [
        (5000, 10, "cal", 0.701),
        (5000, 10, "al", 0.328),
        (500, 100, "cal", 0.670),
        (500, 100, "al", 0.328),
    ],
)
def test_derived_plateaus_of_the_variability(head, K, strategy, plateau):
    counts = long_tailed(head, 0.01, K)
    centers = centers_per_class(counts, 20) if strategy == "cal" else [20] * K
    assert variability_plateau(counts, centers, 0.2) == pytest.approx(plateau, abs=5e-4)


def test_plateau_is_the_variability_of_collapsed_features():
    counts, centers = [50, 12, 3], [1, 3, 9]
    frame = center_frame(centers, 0.2, seed=3)
    features = np.repeat(frame.directions, counts, axis=0)
    vectors = np.repeat(frame.classifier, counts, axis=0)
    measured = np.mean(1 - (features * vectors).sum(axis=1))
    assert variability_plateau(counts, centers, 0.2) == pytest.approx(measured, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: centers_per_class([5, 1], 1),
            r"mean_centers must be at least 2 for the class-aware strategy, got 1\.",
        ),
        (lambda: centers_per_class([5, 1], 2.5), r"mean_centers must be a whole number, got 2\.5"),
        (lambda: centers_per_class([5, 1.5], 2), r"counts must be whole numbers, got \[5\.0, 1\.5"),
        (lambda: centers_per_class([5, 0], 2), r"counts must be finite and above 0, got 0\.0"),
        (lambda: centers_per_class([5, 1], 10**6), r"must be at most 20,000, got 1000000 x 2\."),
        (lambda: center_frame([1, 2], 1.6), r"theta must be in \[0, pi/2\] = .*, got 1\.6\."),
        (lambda: center_frame([1, 2], -0.1), r"theta must be in \[0, pi/2\] = .*, got -0\.1\."),
        (lambda: center_frame([1, 2], math.nan), r"theta must be .*, got nan\."),
        (
            lambda: center_frame([1, 2], 0.2, 4),
            r"dim must be at least 5, since 2 class vectors and 3 centers .*; got 4\.",
        ),
        (lambda: center_frame([1, 2], 0.2, 10**8), r"dim must be at most 4,000,000, got 100000000"),
        (lambda: center_frame([1, 0.5], 0.2), r"counts must be at least 1 each"),
        (lambda: center_frame([1, 2], 0.2, seed=-1), r"seed must be at least 0, got -1\."),
        (lambda: variability_plateau([3, 2], [1, 2, 3], 0.2), r"per_class must be of length 2"),
    ],
)
def test_what_makes_no_frame_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
