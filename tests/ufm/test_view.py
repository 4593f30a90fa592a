import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import seli, simplex_etf
from app.ufm.view import principal_axes, project, turned_onto


def random_geometry(K=6, d=9, seed=0, rank=None):
    rng = np.random.default_rng(seed)
    classifier, means = rng.normal(size=(2, K, d)) * np.array([5.0, 0.1])[:, None, None]
    if rank is not None:
        frame = np.linalg.qr(rng.normal(size=(d, rank)))[0]
        classifier, means = classifier @ frame @ frame.T, means @ frame @ frame.T
    return classifier, means


def random_rotation(d, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_up_to_rank_three_every_length_and_angle_is_true(rank):
    classifier, means = random_geometry(rank=rank)
    view = project(classifier, means)
    assert view.exact
    assert view.share == 1.0
    drawn, true = np.vstack([view.classifier, view.means]), np.vstack([classifier, means])
    np.testing.assert_allclose(drawn @ drawn.T, true @ true.T, atol=1e-12)


@pytest.mark.parametrize("dim", [1, 2])
def test_fewer_dimensions_than_three_are_drawn_as_they_are(dim):
    classifier, means = random_geometry(d=dim)
    view = project(classifier, means)
    assert view.exact
    assert view.axes.shape == (dim, 3)
    np.testing.assert_allclose(view.classifier @ view.classifier.T, classifier @ classifier.T)


@pytest.mark.parametrize("num_classes", [5, 10, 100])
def test_a_simplex_keeps_its_share_in_closed_form(num_classes):
    vectors = simplex_etf(num_classes)
    view = project(3 * vectors, vectors)
    assert not view.exact
    assert view.share == pytest.approx(3 / (num_classes - 1))


def test_four_classes_of_a_simplex_are_exact():
    assert project(simplex_etf(4, 30), 7 * simplex_etf(4, 30)).exact


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_no_axes_keep_more(seed):
    classifier, means = random_geometry(seed=seed)
    other = random_rotation(9, seed + 1)[:, :3]
    best = project(classifier, means)
    assert 0 < project(classifier, means, other).share <= best.share < 1
    gram = sum(x.T @ x / np.sum(x**2) for x in (classifier, means))
    assert best.share == pytest.approx(np.linalg.eigvalsh(gram)[-3:].sum() / 2)


def test_the_share_does_not_depend_on_the_units_of_either():
    classifier, means = random_geometry()
    shares = [project(a * classifier, b * means).share for a, b in ((1, 1), (1e6, 1), (1, 1e-6))]
    assert shares == pytest.approx(shares[:1] * 3)


def test_axes_are_orthonormal_and_do_not_depend_on_signs_inside():
    classifier, means = random_geometry()
    axes = principal_axes(classifier, means)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    turn = random_rotation(9, 5)
    turned = project(classifier @ turn, means @ turn)
    np.testing.assert_allclose(turned.means, project(classifier, means).means, atol=1e-10)


def test_axes_come_as_near_to_earlier_ones_as_they_can():
    classifier, means = random_geometry()
    free = principal_axes(classifier, means)
    earlier = free @ random_rotation(3, 2)
    np.testing.assert_allclose(principal_axes(classifier, means, earlier), earlier, atol=1e-12)
    earlier = random_rotation(9, 3)[:, :3]
    near = principal_axes(classifier, means, earlier)
    np.testing.assert_allclose(near @ near.T, free @ free.T, atol=1e-12)
    distance = np.linalg.norm(near - earlier)
    for seed in range(50):
        assert distance <= np.linalg.norm(near @ random_rotation(3, seed) - earlier) + 1e-12


def test_a_prediction_is_turned_onto_what_is_its_rotation():
    geometry = seli((500, 100, 20, 5))
    classifier, means = geometry.classifier(), geometry.means()
    turn = random_rotation(8)[:3]
    found = turned_onto(classifier, means, 2 * classifier @ turn, 0.1 * means @ turn)
    np.testing.assert_allclose(found[0], classifier @ turn, atol=1e-10)
    np.testing.assert_allclose(found[1], means @ turn, atol=1e-10)


def test_turning_changes_no_inner_product():
    predicted, measured = random_geometry(d=5), random_geometry(d=9, seed=1)
    classifier, means = turned_onto(*predicted, *measured)
    np.testing.assert_allclose(classifier @ means.T, predicted[0] @ predicted[1].T, atol=1e-12)


def test_zero_vectors_have_a_view():
    zero = np.zeros((4, 7))
    assert project(zero, zero).exact
    assert project(zero, random_geometry(4, 7)[1]).share < 1


@pytest.mark.parametrize(
    ("classifier", "means", "words"),
    [
        (np.ones((3, 2)), np.ones((3, 4)), "shape"),
        (np.ones(3), np.ones(3), "shape"),
        (np.ones((3, 2)), np.full((3, 2), np.nan), "finite"),
    ],
)
def test_what_cannot_be_shown_is_named(classifier, means, words):
    with pytest.raises(UserError, match=words):
        project(classifier, means)


def test_axes_and_numbers_of_classes_must_fit():
    with pytest.raises(UserError, match=r"axes must have shape \(9, 3\), got \(4, 3\)"):
        project(*random_geometry(), axes=np.eye(4)[:, :3])
    with pytest.raises(UserError, match="got 5 and 6"):
        turned_onto(*random_geometry(5), *random_geometry(6))
