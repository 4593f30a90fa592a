import numpy as np
import pytest

from app.errors import UserError
from app.theory import (
    critical_decays,
    minority_collapse_ratio,
    phase_curves,
    phases,
    step_optimum,
    step_problem,
)

LOSSES = ("ce", "wce", "la", "cdt", "ldt", "vs", "ldam")
STEP = np.repeat([60.0, 6.0], [3, 4])


def spread(vectors):
    return np.linalg.norm(vectors - vectors.mean(axis=0), axis=1).max()


@pytest.mark.parametrize("loss", LOSSES)
def test_minority_vectors_merge_at_the_threshold(search, loss_arrays, loss):
    """Below it a search of the factors tells the minority apart, above it does not."""
    arrays = loss_arrays(loss, STEP)
    merging = phase_curves(step_problem(STEP, 4, *arrays)).merging
    if loss != "ldam":
        multipliers, offsets, weights = arrays
        closed = critical_decays(STEP, multipliers, offsets, weights)
        np.testing.assert_allclose(closed[3:], merging)
    for factor, apart in ((0.97, True), (1.03, False)):
        _, classifier, means = search(STEP, np.full(2, factor * merging), *arrays)
        assert (spread(classifier[3:]) > 1e-2) == apart
        assert (spread(means[3:]) > 1e-2) == apart


@pytest.mark.parametrize("loss", ["ce", "wce", "cdt", "ldt", "ldam"])
def test_features_after_a_relu_vanish_at_their_threshold(search, loss_arrays, loss):
    """Each class at its own count; in many dimensions, so that none starves."""
    counts = np.array([40.0, 25.0, 12.0])
    arrays = loss_arrays(loss, counts, gamma=0.2, margin=1.0)
    lowest, middle, _ = np.sort(critical_decays(counts, *arrays, relu=True))
    for decay, alive in (
        (0.95 * lowest, 3),
        (1.05 * lowest, 2),
        (0.95 * middle, 2),
        (1.05 * middle, 1),
    ):
        _, _, means = search(counts, np.full(2, decay), *arrays, dim=60, relu=True)
        assert (np.linalg.norm(means, axis=1) > 1e-3).sum() == alive


def test_thresholds_of_cross_entropy():
    counts = np.array([500.0, 90.0, 10.0])
    np.testing.assert_allclose(critical_decays(counts) * 600, np.sqrt(counts))
    relu = critical_decays(counts, relu=True)
    np.testing.assert_allclose(relu * 600, np.sqrt(counts * 2 / 3))


def test_additive_terms_do_not_move_the_threshold_but_temperatures_and_weights_do(loss_arrays):
    plain = critical_decays(STEP)
    adjusted = critical_decays(STEP, *loss_arrays("la", STEP))
    np.testing.assert_allclose(adjusted, plain)
    assert critical_decays(STEP, *loss_arrays("ldt", STEP))[-1] < plain[-1]
    assert critical_decays(STEP, *loss_arrays("wce", STEP))[-1] > plain[-1]


def test_many_ratios_at_once():
    ratio = np.array([1.0, 10.0, 100.0])
    counts = np.stack([np.repeat([5 * one, 5.0], 5) for one in ratio])
    found = critical_decays(counts)[:, -1]
    np.testing.assert_allclose(found, 1 / (np.sqrt(5) * (5 * ratio + 5)))


def test_ranks_of_a_long_tail_drop_one_at_a_time(search):
    """With distinct counts nothing merges, but the logits lose directions."""
    counts = np.array([300.0, 100.0, 30.0, 10.0, 3.0])
    thresholds = critical_decays(counts)
    for decay in np.sqrt(thresholds[1:] * thresholds[:-1]):
        _, classifier, means = search(counts, np.full(2, decay))
        rank = np.linalg.matrix_rank(classifier @ means.T, tol=1e-4)
        assert (decay < thresholds).sum() - rank in (0, 1)


@pytest.mark.parametrize(
    ("decay", "relu", "expected"),
    [
        (5e-4, False, 177.885),
        (2e-3, False, 43.721),
        (5e-3, False, 16.889),
        (5e-4, True, 168.706),
        (2e-3, True, 41.426),
        (5e-3, True, 15.971),
    ],
)
def test_critical_ratios(decay, relu, expected):
    found = minority_collapse_ratio(5, 5, 5, decay * 2, decay / 2, relu)
    assert found == pytest.approx(expected, abs=6e-4)
    counts = np.repeat([5 * float(found), 5.0], 5)
    assert critical_decays(counts, relu=relu)[-1] == pytest.approx(decay)


def test_critical_ratio_with_a_temperature():
    found = minority_collapse_ratio(3, 7, 20, 1e-3, 1e-3, strength=0.4)
    counts = np.repeat([20 * float(found), 20.0], [3, 7])
    multipliers = np.repeat([[1.2] * 3 + [0.4] * 7], 10, axis=0)
    assert critical_decays(counts, multipliers)[-1] == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("sizes", "counts", "vanishing"),
    [((5, 5), (500, 100), 13.8159), ((3, 7), (500, 100), 17.8643), ((5, 5), (50, 5), 3.5120)],
)
def test_phase_curves_of_cross_entropy(sizes, counts, vanishing):
    profile = np.repeat(np.array(counts, float), sizes)
    curves = np.array(phase_curves(step_problem(profile, sizes[1]))) * profile.sum()
    np.testing.assert_allclose(curves, [counts[1] ** 0.5, vanishing, counts[0] ** 0.5], atol=6e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_phases_change_at_the_curves(loss_arrays, loss):
    problem = step_problem(STEP, 4, *loss_arrays(loss, STEP))
    merging, vanishing, collapsing = phase_curves(problem)
    decays = np.sort(np.outer([merging, vanishing, collapsing], [0.99, 1.01]).ravel())
    words = phases(step_optimum(problem, decays, decays))
    expected = np.where(
        decays < merging,
        "distinct",
        np.where(
            decays < vanishing, "merged", np.where(decays < collapsing, "vanished", "collapsed")
        ),
    )
    np.testing.assert_array_equal(words, expected)


def test_what_the_phases_mean(search):
    curves = phase_curves(step_problem(STEP, 4))
    edges = np.array([0.5 * curves.merging, *curves, 2 * curves.collapsing])
    decays = np.sqrt(edges[1:] * edges[:-1])
    words = phases(step_optimum(step_problem(STEP, 4), decays, decays))
    assert words.tolist() == ["distinct", "merged", "vanished", "collapsed"]
    for word, decay in zip(words, decays, strict=True):
        _, classifier, means = search(STEP, np.full(2, decay))
        for vectors in (classifier, means):
            length = np.linalg.norm(vectors, axis=1)
            assert (spread(vectors[3:]) > 1e-2) == (word == "distinct")
            assert (length[3:].max() > 1e-2) == (word in ("distinct", "merged"))
            assert (length[:3].max() > 1e-2) == (word != "collapsed")


def test_a_single_minority_class_cannot_merge():
    problem = step_problem([50.0, 50.0, 5.0], 1)
    curves = phase_curves(problem)
    assert curves.merging == 0
    decays = np.array([0.5, 1.5]) * curves.vanishing
    assert phases(step_optimum(problem, decays, decays))[0] == "distinct"
    assert phases(step_optimum(problem, decays, decays))[1] in ("vanished", "collapsed")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: critical_decays([5]), r"counts must be of at least 2 classes"),
        (lambda: critical_decays([5, 0]), r"counts must be finite and above 0"),
        (
            lambda: critical_decays([5, 1], np.ones((3, 3))),
            r"multipliers must be of shape \(\.\.\., 2, 2\)",
        ),
        (
            lambda: critical_decays([5, 1], offsets=np.diag([0, 1.0])),
            r"offsets must be those of a logit",
        ),
        (
            lambda: critical_decays(
                [5, 2, 1], offsets=np.repeat([[1.0], [2], [3]], 3, 1), relu=True
            ),
            r"offsets must be equal for all logits but the own one with relu\.",
        ),
        (
            lambda: minority_collapse_ratio(5, 5, 0, 1e-3, 1e-3),
            r"smallest_count must be finite and",
        ),
        (
            lambda: minority_collapse_ratio(5, 5, 5, 0, 1e-3),
            r"weight_decay must be finite and above",
        ),
    ],
)
def test_what_has_no_threshold_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
