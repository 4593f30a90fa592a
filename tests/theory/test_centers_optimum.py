"""Minimisers of loss P against searches that know no theory."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.theory import (
    center_frame,
    centers_per_class,
    fixed_frame_optimum,
    learned_frame_optimum,
)


def loss_p(H, centers, owners, labels, per_class, counts, feature_decay):
    """Equation 20 as it stands, for torch and NumPy alike."""
    scale = 2 * float((np.asarray(per_class) * counts).sum())
    targets = owners[None, :] == labels[:, None]
    misses = ((H @ centers.T - targets * 1.0) ** 2).sum()
    return misses / scale + feature_decay / 2 * (H**2).sum()


@pytest.mark.parametrize("spare", [0, 3])
def test_fixed_frame_by_solving_the_normal_equations(spare):
    counts, theta, decay = np.array([40, 18, 8, 4]), 0.2, 2e-3
    per_class = centers_per_class(counts, 4)
    frame = center_frame(per_class, theta, per_class.sum() + 4 + spare, seed=1)
    total = float(per_class @ counts)
    hessian = frame.centers.T @ frame.centers / total + decay * np.eye(frame.dim)
    targets = frame.owners == np.arange(4)[:, None]
    features = np.linalg.solve(hessian, frame.centers.T @ targets.T / total).T
    optimum = fixed_frame_optimum(counts, per_class, theta, decay)
    lengths = np.sqrt(optimum.feature_norms_squared)
    np.testing.assert_allclose(features, lengths[:, None] * frame.directions, atol=1e-12)
    scores = (features[frame.owners] * frame.centers).sum(axis=1)
    np.testing.assert_allclose(scores, optimum.scores[frame.owners], atol=1e-12)
    labels = np.repeat(np.arange(4), counts)
    value = loss_p(features[labels], frame.centers, frame.owners, labels, per_class, counts, decay)
    assert optimum.objective == pytest.approx(value, rel=1e-12)
    assert not optimum.collapsed.any()


def searched(counts, per_class, theta, weight_decay, feature_decay):
    """Lowest objective over features, lengths and any orthonormal vectors; all as found."""
    counts, per_class = np.asarray(counts), np.asarray(per_class)
    K, F = len(counts), int(per_class.sum())
    random = torch.Generator().manual_seed(0)
    owners = torch.tensor(np.repeat(np.arange(K), per_class))
    labels = torch.tensor(np.repeat(np.arange(K), counts))
    free = torch.randn(F + K, F + K, generator=random, dtype=torch.float64)
    lengths = torch.ones(K, dtype=torch.float64)
    H = 0.03 * torch.randn(len(labels), F + K, generator=random, dtype=torch.float64)
    leaves = [leaf.requires_grad_() for leaf in (free, lengths, H)]
    search = torch.optim.LBFGS(
        leaves,
        max_iter=400,
        tolerance_grad=1e-10,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def vectors():
        rows = torch.linalg.qr(free)[0].T
        W0 = lengths[:, None] * rows[:K]
        arms = lengths[owners, None] * rows[K:]
        return W0, math.cos(theta) * arms + math.sin(theta) * W0[owners]

    def closure():
        search.zero_grad()
        W0, centers = vectors()
        value = loss_p(H, centers, owners, labels, per_class, counts, feature_decay)
        value = value + weight_decay / 2 * (W0**2).sum()
        value.backward()
        return value

    search.step(closure)
    return closure().item(), lengths.detach().numpy() ** 2, H.detach().numpy(), labels.numpy()


@pytest.mark.parametrize(
    ("counts", "per_class", "decays"),
    [
        ([12, 6, 4, 2], [1, 1, 3, 3], (4e-3, 1e-3)),
        ([20, 6, 3, 1], [2, 2, 2, 2], (6e-2, 1.2e-2)),
        ([20, 6, 3, 1], [1, 1, 2, 4], (6e-2, 1.2e-2)),
        ([5, 5, 5], [2, 2, 2], (1e-2, 1e-2)),
    ],
)
def test_learned_frame_by_search(counts, per_class, decays):
    value, squares, H, labels = searched(counts, per_class, 0.2, *decays)
    optimum = learned_frame_optimum(counts, per_class, 0.2, *decays)
    assert optimum.objective == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(optimum.classifier_norms_squared, squares, atol=2e-3)
    lengths = (H**2).sum(axis=1)
    np.testing.assert_allclose(optimum.feature_norms_squared[labels], lengths, atol=5e-3)


def test_only_the_tail_collapses_and_more_centers_rescue_it():
    """|w_4|^2 = 0 with two centers each (ratio 1.12), .459 with four (ratio .46)."""
    counts, theta, decays = [20, 6, 3, 1], 0.2, (0.06, 0.012)
    same = learned_frame_optimum(counts, [2, 2, 2, 2], theta, *decays)
    assert same.collapsed.tolist() == [False, False, False, True]
    assert same.thresholds[3] / same.cos_alpha[3] == pytest.approx(1.12, abs=5e-3)
    aware = centers_per_class(counts, 2)
    assert aware.tolist() == [1, 1, 2, 4]
    more = learned_frame_optimum(counts, aware, theta, *decays)
    assert not more.collapsed.any()
    assert more.thresholds[3] / more.cos_alpha[3] == pytest.approx(0.46, abs=5e-3)
    assert more.classifier_norms_squared[3] == pytest.approx(0.459, abs=5e-4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 30)), min_size=2, max_size=6),
    st.floats(0, 1.5),
    st.floats(-5, -1),
    st.floats(-5, -1),
)
def test_formulas_of_the_paper_and_scalar_minimality(classes, theta, log_w, log_h):
    n, f = (np.array(column, float) for column in zip(*classes, strict=True))
    l_W, l_H = 10**log_w, 10**log_h
    found = learned_frame_optimum(n, f, theta, l_W, l_H)
    S, cos, ratio = f @ n, found.cos_alpha, l_W / (n * l_H)
    printed = (np.sqrt(ratio) * cos - S * l_W / (f * n)) / (ratio * cos**2)
    np.testing.assert_allclose(
        found.classifier_norms_squared, np.maximum(printed, 0), rtol=1e-8, atol=1e-12
    )
    np.testing.assert_allclose(
        found.feature_norms_squared, ratio * found.classifier_norms_squared, rtol=1e-12
    )
    norms = np.sqrt(found.classifier_norms_squared), np.sqrt(found.feature_norms_squared)

    def value(s, q):
        misses = n * f @ (s * cos * q - 1) ** 2 / (2 * S)
        return misses + l_H / 2 * n @ q**2 + l_W / 2 * (s**2).sum()

    assert found.objective == pytest.approx(value(*norms), rel=1e-12)
    random = np.random.default_rng(0)
    for size in (1e-3, 0.1, 1.0):
        moved = (np.abs(a + size * random.normal(size=len(n))) for a in norms)
        assert value(*moved) >= found.objective * (1 - 1e-12)


def test_balanced_classes_collapse_together():
    """Theorem 3.3: they do unless K sqrt(n lW lH) is below cos alpha."""
    cos = learned_frame_optimum([9, 9, 9], [4, 4, 4], 0.5, 1e-3, 1e-3).cos_alpha[0]
    decay = cos / 3 / math.sqrt(9)
    for factor, gone in ((1 - 1e-9, False), (1 + 1e-9, True)):
        found = learned_frame_optimum([9, 9, 9], [4, 4, 4], 0.5, decay * factor, decay)
        assert found.collapsed.tolist() == [gone] * 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fixed_frame_optimum([3, 1], [1, 2], 0.2, 0.0), r"feature_decay must be .* got 0"),
        (
            lambda: learned_frame_optimum([3, 1], [1, 2], 0.2, -1.0, 0.1),
            r"weight_decay must be .* got -1",
        ),
        (
            lambda: fixed_frame_optimum([3, 1], [1, 2, 1], 0.2, 0.1),
            r"per_class must be of length 2",
        ),
    ],
)
def test_what_has_no_minimum_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
