"""Collapse of features: definitions written out, extended precision, and input that is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import simplex_etf
from app.ufm import samples
from app.ufm.class_geometry import geometry_metrics, simplex_frame
from app.ufm.metrics import COLLAPSE_METRICS, collapse_metrics
from tests.ufm.exact_nc1 import collapsing_features, exact_nc1, single_precision_nc1


def long_tail(noise=0.8, dim=9, seed=0):
    """Features, labels in no order, a classifier and a bias for four classes of unequal size."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(4), [60, 25, 9, 1]))
    means = rng.standard_normal((4, dim)) + 1.5
    features = means[labels] + noise * rng.standard_normal((95, dim))
    weights = means + 0.5 * rng.standard_normal((4, dim))
    return features, labels, weights, rng.standard_normal(4)


def by_definition(x, y, w, b):
    """NC1 and NC4 with the d x d scatter matrices of the definitions."""
    n = np.bincount(y)
    size, mu = len(n), np.array([x[y == k].mean(axis=0) for k in range(len(n))])
    within = sum(np.outer(d, d) for d in x - mu[y]) / len(x)
    from_samples, from_classes = mu - x.mean(axis=0), mu - mu.mean(axis=0)

    def ratio(centered, shares):
        between = sum(p * np.outer(c, c) for p, c in zip(shares, centered, strict=True))
        return np.trace(within @ np.linalg.pinv(between, rtol=1e-10))

    distances = ((x[:, None] - mu) ** 2).sum(axis=2)
    return {
        "within": np.trace(within),
        "between": (from_samples[y] ** 2).sum() / len(x),
        "nc1": ratio(from_samples, np.full(size, 1 / size)) / size,
        "nc1_class_centered": ratio(from_classes, np.full(size, 1 / size)),
        "nc1_weighted": ratio(from_samples, n / len(x)) / size,
        "nc4": np.mean((x @ w.T + b).argmax(axis=1) != distances.argmin(axis=1)),
    }


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("dim", [9, 2])
def test_against_the_definitions(dtype, dim):
    """Also with fewer dimensions than classes, where the means span all of them."""
    features, labels, weights, bias = long_tail(dim=dim)
    features = features.astype(dtype)
    found = collapse_metrics(features, labels, weights, bias, {"etf": simplex_frame(4)})
    expected = by_definition(features.astype(float), labels, weights, bias)
    assert 0.02 < expected["nc4"] < 0.9
    digits = 1e-10 if dtype == np.float64 else 1e-5
    for name, value in expected.items():
        assert found.values[name] == pytest.approx(value, rel=digits), name
    rest = geometry_metrics(weights, found.class_means, found.counts, {"etf": simplex_frame(4)})
    assert set(found.values) == set(expected) | set(rest)
    assert set(COLLAPSE_METRICS) == {n for n in found.values if not n.startswith("etf")}
    for name, value in rest.items():
        assert found.values[name] == value
    for k in range(4):
        mine = features[labels == k].astype(float)
        np.testing.assert_allclose(found.class_means[k], mine.mean(axis=0), rtol=1e-13)
        spread = ((mine - mine.mean(axis=0)) ** 2).sum(axis=1).mean()
        assert found.class_scatter[k] == pytest.approx(spread, rel=digits, abs=1e-28)
    assert found.counts.tolist() == [60, 25, 9, 1]


def test_the_three_nc1_agree_on_balanced_classes_but_for_a_factor():
    features, labels = collapsing_features(0.3, span=3)
    found = collapse_metrics(features.astype(float), labels).values
    assert found["nc1_weighted"] == pytest.approx(found["nc1"], rel=1e-12)
    assert found["nc1_class_centered"] == pytest.approx(10 * found["nc1"], rel=1e-12)


@pytest.mark.parametrize("noise", [1e-1, 1e-3, 1e-5])
@pytest.mark.parametrize("span", [1e2, 1e3, 1e4])
def test_small_classes_keep_their_digits_beside_large_ones(noise, span):
    """Norms of class means span up to 1e4; float32 features bring their own rounding only."""
    features, labels = collapsing_features(noise, span)
    exact = exact_nc1(features, labels)
    assert collapse_metrics(features, labels).values["nc1"] == pytest.approx(exact, rel=2e-6)
    wide = collapse_metrics(features.astype(float), labels).values["nc1"]
    assert wide == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("span", "least"), [(1e3, 2.5), (1e4, 300)])
def test_a_pseudo_inverse_in_single_precision_does_not(span, least):
    for seed in range(3):
        features, labels = collapsing_features(1e-3, span, seed=seed)
        exact, single = exact_nc1(features, labels), single_precision_nc1(features, labels)
        assert exact / single > least
        assert collapse_metrics(features, labels).values["nc1"] == pytest.approx(exact, rel=2e-6)


def test_a_common_offset_costs_no_digits():
    """Raw second moments would lose all of them here: 1e6 squared is 1e16 times the scatter."""
    features, labels = collapsing_features(0.01, span=10)
    wide = features.astype(float)
    before, after = (collapse_metrics(x, labels).values for x in (wide, wide + 1e6))
    for name in ("within", "nc1", "nc1_class_centered", "nc1_weighted"):
        assert after[name] == pytest.approx(before[name], rel=1e-6)


def test_chunks_do_not_show(monkeypatch):
    features, labels, weights, bias = long_tail()
    whole = collapse_metrics(features, labels, weights, bias)
    monkeypatch.setattr(samples, "_CHUNK_NUMBERS", 63)
    pieces = collapse_metrics(features, labels, weights, bias)
    for name, value in whole.values.items():
        assert pieces.values[name] == pytest.approx(value, rel=1e-12), name


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.floats(1e-6, 1e6), st.floats(-100, 100))
def test_rotation_scale_and_shift_of_features_change_no_nc1(seed, scale, shift):
    features, labels, _, _ = long_tail(seed=seed)
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((9, 9)))[0]
    before = collapse_metrics(features, labels).values
    after = collapse_metrics(scale * (features @ turn + shift), labels).values
    for name in ("nc1", "nc1_class_centered", "nc1_weighted"):
        assert after[name] == pytest.approx(before[name], rel=1e-7)
    assert after["within"] == pytest.approx(scale**2 * before["within"], rel=1e-9)


@pytest.mark.parametrize("scale", [1e-15, 1e10])
def test_scale_changes_no_decision_in_single_precision(scale):
    features, labels, weights, _ = long_tail()
    before = collapse_metrics(features.astype(np.float32), labels, weights).values
    after = collapse_metrics((scale * features).astype(np.float32), labels, weights).values
    assert after["nc4"] == before["nc4"] > 0
    assert after["nc1"] == pytest.approx(before["nc1"], rel=1e-5)


def test_perfect_collapse():
    labels = np.repeat(np.arange(5), 30)
    frame = simplex_etf(5, 8)
    features = (3 * frame)[labels]
    found = collapse_metrics(features, labels, frame, np.zeros(5), {"etf": simplex_frame(5)})
    assert found.values["between"] == pytest.approx(9)
    for name, value in found.values.items():
        assert name == "between" or value == pytest.approx(0, abs=1e-13), name


def test_one_sample_a_class_has_no_scatter():
    rng = np.random.default_rng(0)
    found = collapse_metrics(rng.standard_normal((6, 4)), np.arange(6))
    for name in ("within", "nc1", "nc1_class_centered", "nc1_weighted"):
        assert found.values[name] == 0
    assert found.class_scatter.tolist() == [0] * 6


def test_equal_class_means_have_no_nc1():
    rng = np.random.default_rng(0)
    cloud = rng.integers(-8, 9, (16, 3)).astype(float)
    found = collapse_metrics(np.vstack([cloud, cloud]), np.repeat([0, 1], 16), np.eye(2, 3))
    for name in ("nc1", "nc1_class_centered", "nc1_weighted", "nc3", "nc2_norms_means"):
        assert np.isnan(found.values[name])
    assert found.values["within"] > 1
    assert found.values["between"] == 0


def test_collapsed_minorities_are_measured_in_the_directions_that_are_left():
    """Two classes share their mean exactly: NC1 is that of the other directions."""
    rng = np.random.default_rng(0)
    means = np.array([[4.0, 0, 0, 0], [0, 4, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]])
    cloud = rng.integers(-8, 9, (16, 4)) / 8.0
    cloud = np.vstack([cloud, -cloud])
    features = (means[:, None] + cloud).reshape(-1, 4)
    labels = np.repeat(np.arange(4), 32)
    expected = by_definition(features, labels, means, np.zeros(4))
    found = collapse_metrics(features, labels).values
    for name in ("nc1", "nc1_class_centered", "nc1_weighted"):
        assert found[name] == pytest.approx(expected[name], rel=1e-10)


def test_without_a_classifier_only_the_features_are_judged():
    features, labels, weights, bias = long_tail()
    alone = collapse_metrics(features, labels).values
    both = collapse_metrics(features, labels, weights, bias).values
    assert set(both) - set(alone) == {
        "nc4", "nc3", "nc3_weighted",
        "nc2_norms_classifier", "nc2_angles_classifier", "nc2_etf_classifier",
    }  # fmt: skip
    for name, value in alone.items():
        assert both[name] == pytest.approx(value, rel=1e-13)


X, Y = np.arange(12.0).reshape(6, 2) ** 2, np.array([0, 0, 1, 1, 2, 2])


def with_fault(value):
    features = X.copy()
    features[3, 1] = value
    return features


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((with_fault(np.nan), Y), r"features must be finite, .*, got nan in row 3, column 1"),
        ((with_fault(-np.inf), Y), r"features must be finite, .*, got -inf in row 3, column 1"),
        (((X + 1e20).astype(np.float32), Y.astype(np.int8)), r"got larger ones"),
        ((X + 1e200, Y), r"features must be finite, .* at most 1e\+150, got larger ones"),
        ((X[0], Y), r"features must be an array of shape \(N, d\), got \(2,\)"),
        ((X[:0], Y[:0]), r"features must be an array of shape \(N, d\), got \(0, 2\)"),
        ((X.astype(str), Y), r"features must be real numbers, got '<U"),
        ((X + 1j, Y), r"features must be real numbers, got 'complex128'"),
        ((X, Y[:5]), r"labels must be of shape \(6,\), got \(5,\)"),
        ((X, Y.astype(float)), r"labels must be integers, got 'float64'"),
        ((X, Y - 1), r"labels must be 0 to 1, got -1 at 0"),
        ((X, Y, X[:2]), r"labels must be 0 to 1, got 2 at 4"),
        ((X, Y * 2), r"labels must have every class, got none of class 1"),
        ((X, Y, X[:4]), r"labels must have every class, got none of class 3"),
        ((X, Y * 0), r"the number of classes must be 2 to 2000, got 1"),
        ((X, Y * 5000), r"the number of classes must be 2 to 2000, got 10001"),
        ((X, Y, np.zeros((3, 5))), r"weights must be of shape \(3, 2\), got \(3, 5\)"),
        ((X, Y, np.zeros(3)), r"weights must be an array of shape \(any, any\), got \(3,\)"),
        ((X, Y, X[:3] * np.nan), r"weights must be finite, got nan"),
        ((X, Y, X[:3], [1, 2]), r"bias must be an array of shape \(3\), got \(2,\)"),
        ((X, Y, None, [1, 2, 3]), r"bias must come with weights, got no weights"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        collapse_metrics(*arguments)
