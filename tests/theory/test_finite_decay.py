import numpy as np
import pytest

from app.errors import UserError
from app.theory import finite_decay_geometry, seli, step_optimum, step_problem, symmetric_ldt

REACHES = np.array([1e-4, 1e-8, 1e-20, 1e-80])


def distance(found, exact):
    """The largest of the normalised distances of both Gram matrices and the logits."""
    pairs = (
        (found.classifier_gram, exact.classifier_gram),
        (found.embedding_gram, exact.embedding_gram),
        (found.logits, exact.logits),
    )
    return max(np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b)) for a, b in pairs)


@pytest.mark.parametrize("loss", ["ce", "wce", "la", "cdt", "ldt", "vs", "ldam"])
def test_of_second_order(loss_arrays, loss):
    """Four times the logarithm of the decay: the limit comes 4 times closer, this 16 times."""
    counts = np.repeat([50.0, 5.0], 5)
    arrays = loss_arrays(loss, counts)
    limits = {"cdt": "cdt", "vs": "cdt", "ldt": "ldt"}
    name = limits.get(loss, "ce")
    delta = {"cdt": arrays[0][:, 0], "ldt": arrays[0][0], "ce": None}[name]
    ours, limit = [], []
    for reach in REACHES:
        decays = np.array([2.0, 0.5]) * reach / counts.sum()
        exact = step_optimum(step_problem(counts, 5, *arrays), *decays).geometry()
        ours.append(distance(finite_decay_geometry(counts, *decays, *arrays), exact))
        limit.append(distance(seli(counts, name, delta), exact))
    assert np.all(np.array(ours[1:]) < np.array(limit[1:]))
    assert ours[2] / ours[3] == pytest.approx(16, rel=0.3)
    assert limit[2] / limit[3] == pytest.approx(4, rel=0.3)


@pytest.mark.parametrize(
    ("reach", "ours", "limit"),
    [(0.1, 0.25, 0.18), (1e-2, 0.14, 0.14), (1e-4, 0.061, 0.103), (1e-8, 0.021, 0.066)],
)
def test_documented_errors(reach, ours, limit):
    counts = np.repeat([50.0, 5.0], 5)
    decay = reach / counts.sum()
    exact = step_optimum(step_problem(counts, 5), decay, decay).geometry()
    found = distance(finite_decay_geometry(counts, decay, decay), exact)
    assert found == pytest.approx(ours, abs=0.006)
    assert distance(seli(counts), exact) == pytest.approx(limit, abs=0.006)


def test_exact_for_equal_classes_and_symmetric_ldt(search):
    for counts, arrays in (
        (np.full(4, 20.0), ()),
        (np.array([80.0, 30.0, 9.0]), None),
    ):
        if arrays is None:
            delta, weights = symmetric_ldt(counts)
            arrays = (np.tile(delta, (3, 1)), np.zeros((3, 3)), weights)
        decays = np.array([0.4, 0.1]) / counts.sum()
        _, classifier, means = search(counts, decays, *arrays)
        found = finite_decay_geometry(counts, *decays, *arrays)
        np.testing.assert_allclose(found.logits, classifier @ means.T, atol=1e-5)
        np.testing.assert_allclose(found.classifier_gram, classifier @ classifier.T, atol=1e-5)
        np.testing.assert_allclose(found.embedding_gram, means @ means.T, atol=1e-5)


def test_nearer_to_a_long_tail_than_the_limit(search):
    counts = np.array([100.0, 30.0, 10.0, 3.0])
    decays = np.full(2, 1e-4 / counts.sum())
    _, classifier, means = search(counts, decays)
    gram, limit = classifier @ classifier.T, seli(counts).classifier_gram
    found = finite_decay_geometry(counts, *decays).classifier_gram

    def apart(other):
        return np.linalg.norm(gram / np.linalg.norm(gram) - other / np.linalg.norm(other))

    assert apart(found) < 0.3 * apart(limit)
    logits = finite_decay_geometry(counts, *decays).logits
    assert np.abs(logits - classifier @ means.T).max() < 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([9, 1], 0.0, 1e-3), r"weight_decay must be finite and above 0, got 0\.0"),
        (([9, 1], 1e-9, [1e-3]), r"feature_decay must be a number, got \(1,\)"),
        (([9, 1], 1.0, 1.0), r"weight_decay \* feature_decay must be small enough .* for class 0"),
        (([9, 1], 1e-3, 1e-3, np.eye(2) + 1), r"multipliers must be a factor a logit times"),
        (([9, 1], 1e-3, 1e-3, np.ones((3, 3))), r"multipliers must be of shape \(2, 2\)"),
        (
            ([9, 1], 1e-3, 1e-3, None, [1.0]),
            r"offsets must be an array of shape \(2, 2\), got \(1,\)",
        ),
        (([9, 1], 1e-3, 1e-3, None, None, [1, 0]), r"weights must be finite and above 0"),
    ],
)
def test_what_has_no_first_order_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        finite_decay_geometry(*arguments)
