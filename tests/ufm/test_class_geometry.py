"""Metrics of class vectors against loops over the definitions, closed forms and known values."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import relu_collapse, seli, simplex_etf
from app.ufm.class_geometry import (
    GEOMETRY_METRICS,
    Grams,
    geometry_metrics,
    group_metrics,
    orthogonal_frame,
    simplex_frame,
)

COUNTS = np.array([50.0, 20, 20, 5, 1])
RNG = np.random.default_rng(0)
W, H = RNG.standard_normal((2, 5, 7))


def rotation(dim, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0]


def by_definition(w, h, counts, center):
    """Every metric of one problem, term by term."""
    size = len(h)
    mu = sum(n * v for n, v in zip(counts, h, strict=True)) / sum(counts)
    mu = mu if center == "samples" else sum(h) / size
    found = {}
    for name, vectors in (("means", [v - mu for v in h]), ("classifier", list(w))):
        norms = [np.sqrt(v @ v) for v in vectors]
        cosines = [
            vectors[a] @ vectors[b] / (norms[a] * norms[b]) for a, b in combinations(range(size), 2)
        ]
        found[f"nc2_norms_{name}"] = np.std(norms) / np.mean(norms)
        found[f"nc2_angles_{name}"] = np.std(cosines)
        found[f"nc2_etf_{name}"] = np.mean([abs(c + 1 / (size - 1)) for c in cosines])
    c = np.array([v - mu for v in h])
    v = np.array(
        [
            size * np.sqrt(counts[k]) * h[k] - sum(np.sqrt(counts[m]) * h[m] for m in range(size))
            for k in range(size)
        ]
    )
    found["nc3"] = ((w / np.sqrt((w**2).sum()) - c / np.sqrt((c**2).sum())) ** 2).sum()
    found["nc3_weighted"] = np.sqrt(
        ((w / np.sqrt((w**2).sum()) - v / np.sqrt((v**2).sum())) ** 2).sum()
    )
    return found


@pytest.mark.parametrize("center", ["samples", "classes"])
def test_against_the_definitions(center):
    found = geometry_metrics(W, H, COUNTS, center=center)
    expected = by_definition(W, H, COUNTS, center)
    assert set(found) == set(expected) == set(GEOMETRY_METRICS)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-12), name


def test_distances_to_a_target():
    a, b, c = (m @ m.T for m in RNG.standard_normal((3, 5, 5)))
    found = geometry_metrics(W, H, COUNTS, {"goal": Grams(a, b, c)})
    centered = H - COUNTS @ H / 96
    for name, measured, target in (
        ("logits", W @ H.T, a),
        ("classifier", W @ W.T, b),
        ("means", H @ H.T, c),
        ("centered_means", centered @ centered.T, c),
    ):
        gap = measured / np.linalg.norm(measured) - target / np.linalg.norm(target)
        assert found[f"goal_{name}"] == pytest.approx(np.linalg.norm(gap), rel=1e-12)
    assert set(found) - set(GEOMETRY_METRICS) == {
        f"goal_{part}" for part in ("logits", "classifier", "means", "centered_means")
    }


def test_a_simplex_etf_is_collapsed():
    vectors = 3 * simplex_etf(6, 8, seed=2)
    found = geometry_metrics(2 * vectors, vectors, np.full(6, 10), {"etf": simplex_frame(6)})
    for name, value in found.items():
        assert value == pytest.approx(0, abs=1e-13), name


@pytest.mark.parametrize("counts", [[10, 10, 10, 1, 1, 1], [100, 31, 10, 3, 1], [7, 7]])
@pytest.mark.parametrize("loss", ["ce", "cdt", "ldt"])
def test_the_predicted_geometry_is_at_distance_zero(counts, loss):
    delta = None if loss == "ce" else np.array(counts) ** 0.3
    target = seli(counts, loss, delta)
    turn = rotation(len(counts))
    found = geometry_metrics(
        5 * target.classifier_root @ turn, 0.1 * target.embedding_root @ turn, counts, {"t": target}
    )
    for part in ("classifier", "means", "logits"):
        assert found[f"t_{part}"] == pytest.approx(0, abs=1e-13)
    if loss == "ce" and len(counts) > 2:
        etf = geometry_metrics(
            target.classifier_root,
            target.embedding_root,
            counts,
            {"etf": simplex_frame(len(counts))},
        )
        assert etf["etf_logits"] == pytest.approx(0, abs=1e-13)
        assert etf["etf_classifier"] > 0.05


def relu_optimum(counts, weight_decay, feature_decay):
    """W and H of the closed form for non-negative features, one coordinate a class."""
    n, size = np.asarray(counts, dtype=float), len(counts)
    form = relu_collapse(counts, weight_decay, feature_decay)
    h = np.diag(np.sqrt(form.feature_norms_squared))
    u = np.sqrt(n)[:, None] * h
    factor = np.sqrt(feature_decay / (size * (size - 1) * weight_decay))
    return factor * (size * u - u.sum(axis=0)), h, form


@pytest.mark.parametrize("decay", [1e-3, 0.02])
def test_features_after_a_relu_are_aligned_as_dang_et_al_measure(decay):
    """At decay 0.02 the smallest class has collapsed to zero: its angles are undefined."""
    counts = [100, 50, 20, 10]
    w, h, form = relu_optimum(counts, decay, 3 * decay)
    found = geometry_metrics(w, h, counts, {"theory": form})
    for name in ("nc3_weighted", "theory_classifier", "theory_means", "theory_logits"):
        assert found[name] == pytest.approx(0, abs=1e-12), name
    assert found["nc3"] > 0.01
    assert all(np.isfinite(value) for value in found.values())


def test_the_orthogonal_frame_is_the_limit_of_vanishing_decay():
    counts = np.array([100, 50, 20, 10])
    w, h, _ = relu_optimum(counts, 1e-150, 1e-150)
    found = geometry_metrics(w, h, counts, {"frame": orthogonal_frame(counts)})
    for part in ("classifier", "means", "logits"):
        assert found[f"frame_{part}"] == pytest.approx(0, abs=0.01)
    balanced = orthogonal_frame([9, 9, 9])
    np.testing.assert_allclose(balanced.embedding_gram, np.eye(3) / 3)
    np.testing.assert_allclose(balanced.classifier_gram, 3 * simplex_frame(3).logits, atol=1e-15)


# Ratios and cosines, to six digits, for K = 10, R = 10 and half of the classes in the minority.
STEP_VALUES = {
    "ce": ((2.672100, -0.143953, 0.033369, -0.138681), (0.350829, -0.069702, -0.186746, -0.085434)),
    "cdt": ((1.2, -0.018519, -0.222222, -0.064150), (0.12, -0.018519, -0.222222, -0.064150)),
    "ldt": ((1.0, -1 / 9, -1 / 9, -1 / 9), (0.1, -1 / 9, -1 / 9, -1 / 9)),
}


@pytest.mark.parametrize("loss", STEP_VALUES)
def test_groups_of_a_step_imbalance(loss):
    counts = np.repeat([10, 1], 5)
    geometry = seli(counts, loss, None if loss == "ce" else np.sqrt(counts))
    names = ("norm_ratio", "cos_majority", "cos_minority", "cos_across")
    roots = (geometry.classifier_root, geometry.embedding_root)
    for vectors, values in zip(roots, STEP_VALUES[loss], strict=True):
        found = group_metrics(vectors, counts > 1)
        for name, value in zip(names, values, strict=True):
            assert found[name] == pytest.approx(value, abs=6e-7), name


def test_a_group_of_one_has_no_pair():
    found = group_metrics(H, [True, False, False, False, False])
    assert np.isnan(found["cos_majority"])
    assert np.isfinite(found["cos_minority"])


def test_a_trajectory_is_measured_at_once():
    path_w, path_h = np.random.default_rng(1).standard_normal((2, 4, 3, 5, 7))
    targets = {"etf": simplex_frame(5), "seli": seli(COUNTS)}
    at_once = geometry_metrics(path_w, path_h, COUNTS, targets)
    groups = group_metrics(path_w, COUNTS > 10)
    for index in np.ndindex(4, 3):
        alone = geometry_metrics(path_w[index], path_h[index], COUNTS, targets)
        assert alone.keys() == at_once.keys()
        for name, value in alone.items():
            np.testing.assert_allclose(at_once[name][index], value, rtol=1e-12)
        for name, value in group_metrics(path_w[index], COUNTS > 10).items():
            np.testing.assert_allclose(groups[name][index], value, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-100, 1e100), st.floats(1e-100, 1e100), st.integers(0, 99))
def test_neither_scale_nor_rotation_matters(scale_w, scale_h, seed):
    turn, targets = rotation(7, seed), {"seli": seli(COUNTS)}
    before = geometry_metrics(W, H, COUNTS, targets)
    after = geometry_metrics(scale_w * W @ turn, scale_h * H @ turn, COUNTS, targets)
    for name, value in before.items():
        assert after[name] == pytest.approx(value, rel=1e-9), name
    groups = group_metrics(scale_w * W @ turn, COUNTS > 10)
    for name, value in group_metrics(W, COUNTS > 10).items():
        assert groups[name] == pytest.approx(value, rel=1e-9), name


def test_what_has_no_direction_is_left_out():
    vectors = H.copy()
    vectors[4] = 0.0
    some = geometry_metrics(vectors, H, COUNTS)
    norms = np.linalg.norm(H[:4], axis=1)
    cosines = (H[:4] @ H[:4].T / np.outer(norms, norms))[np.triu_indices(4, 1)]
    assert some["nc2_angles_classifier"] == pytest.approx(np.std(cosines))
    nothing = geometry_metrics(np.zeros((5, 7)), np.zeros((5, 7)), COUNTS, {"e": simplex_frame(5)})
    assert all(np.isnan(value) for value in nothing.values())


def test_without_a_classifier_only_the_means_are_judged():
    alone = geometry_metrics(None, H, COUNTS, {"etf": simplex_frame(5)})
    both = geometry_metrics(W, H, COUNTS, {"etf": simplex_frame(5)})
    assert set(alone) == {name for name in both if name.endswith("means")}
    assert all(alone[name] == both[name] for name in alone)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: geometry_metrics(W, H[0], COUNTS), r"means must be .* \(..., K, d\), got \(7,\)"),
        (lambda: geometry_metrics(W, H[:, :0], COUNTS), r"means must be .*, got \(5, 0\)"),
        (
            lambda: geometry_metrics(W[0], H, COUNTS),
            r"weights must be .* \(..., K, d\), got \(7,\)",
        ),
        (lambda: geometry_metrics(W, H[:1], [3]), r"means must be of at least 2 classes"),
        (lambda: geometry_metrics(W[:, :3], H, COUNTS), r"weights must be of the shape \(5, 7\)"),
        (lambda: geometry_metrics(W, H, [1, 2]), r"counts must be 5 numbers, got 2"),
        (lambda: geometry_metrics(W, H * np.nan, COUNTS), r"means must be finite, got nan"),
        (lambda: geometry_metrics(W, H, COUNTS, center="mean"), r"center must be .*, got 'mean'"),
        (
            lambda: geometry_metrics(W, H, COUNTS, {"etf": simplex_frame(4)}),
            r"embedding_gram of target 'etf' must be .* \(5, 5\), got \(4, 4\)|logits of target",
        ),
        (lambda: group_metrics(H, [True] * 5), r"majority must be true for some classes and"),
        (lambda: group_metrics(H, [True]), r"majority must be of shape \(5,\), got \(1,\)"),
        (lambda: simplex_frame(1), r"num_classes must be at least 2, got 1"),
        (lambda: orthogonal_frame([1, 0]), r"counts must be finite and above 0, got 0.0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
