"""Losses of multiple centers and their baselines: definitions, identities, derivatives."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from app import losses
from app.errors import UserError
from app.theory import center_frame, simplex_etf

F64 = torch.float64
PER_CLASS, THETA = (1, 2, 4), 0.3
FRAME = center_frame(PER_CLASS, THETA, 12, seed=2)
CENTERS, OWNERS = torch.tensor(FRAME.centers), torch.tensor(FRAME.owners)
LABELS = torch.tensor([0, 0, 0, 2, 1])
FEATURES = torch.randn(5, 12, generator=torch.Generator().manual_seed(0), dtype=F64)


def by_hand(h, k, weighted):
    """One sample's cosine loss without its norm term, center by center."""
    own = FRAME.centers[FRAME.owners == k]
    misses = [(w @ h / np.linalg.norm(h) - 1) ** 2 for w in own]
    c2, s2, f = math.cos(THETA) ** 2, math.sin(THETA) ** 2, len(own)
    return sum(misses) * (math.sqrt((c2 + f * s2) / f) if weighted else 1.0)


@pytest.mark.parametrize("weighted", [True, False])
def test_center_cosine_is_its_definition(weighted):
    found = losses.center_cosine(
        FEATURES, LABELS, CENTERS, OWNERS, weighted=weighted, norm_decay=0.0, reduction="none"
    )
    pairs = zip(FEATURES.numpy(), LABELS.tolist(), strict=True)
    np.testing.assert_allclose(found, [by_hand(h, k, weighted) for h, k in pairs], rtol=1e-12)
    whole = losses.center_cosine(FEATURES, LABELS, CENTERS, OWNERS, weighted=weighted)
    norms = 6e-4 * (FEATURES.norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(whole, found.mean() + norms, rtol=1e-12, atol=0)


def test_its_gradient_is_tangential_and_as_one_over_the_length():
    """Against equation 35 of the paper, whose gradient has a radial part and 1 / |h|^2."""
    one = center_frame([1, 1], 0.2, 6, seed=0)
    w, h = torch.tensor(one.centers[0]), (3 * FEATURES[:1, :6]).requires_grad_()
    value = losses.center_cosine(
        h, torch.tensor([0]), torch.tensor(one.centers), torch.tensor(one.owners), norm_decay=0.0
    )
    (slope,) = torch.autograd.grad(value, h)
    unit, length = normalize(h[0].detach(), dim=0), h[0].detach().norm()
    cosine = w @ unit
    expected = -2 / length * (1 - cosine) * (w - cosine * unit)
    torch.testing.assert_close(slope[0], expected, rtol=1e-12, atol=1e-15)
    assert abs(slope[0] @ unit) < 1e-14


def test_one_center_at_a_right_angle_is_twice_dot_regression():
    single = center_frame([1, 1, 1], math.pi / 2, 12, seed=4)
    vectors, unit = torch.tensor(single.classifier), normalize(FEATURES, dim=1)
    cal = losses.center_cosine(
        unit, LABELS, torch.tensor(single.centers), torch.tensor(single.owners)
    )
    dots = losses.dot_regression(unit, LABELS, vectors)
    torch.testing.assert_close(cal, 2 * dots, rtol=1e-12, atol=1e-15)


def test_nearest_center_asks_for_one_center_only():
    found = losses.nearest_center(
        FEATURES, LABELS, CENTERS, OWNERS, norm_decay=0.0, reduction="none"
    )
    unit = normalize(FEATURES, dim=1).numpy()
    for loss, h, k in zip(found, unit, LABELS.tolist(), strict=True):
        best = (FRAME.centers[FRAME.owners == k] @ h).max()
        assert loss.item() == pytest.approx((1 - best) ** 2, rel=1e-12)
    at_centers = losses.nearest_center(CENTERS, OWNERS, CENTERS, OWNERS)
    assert at_centers.item() < 1e-30


def test_loss_p_is_its_definition():
    counts = np.bincount(LABELS)
    total = float(counts @ np.array(PER_CLASS))
    targets = (FRAME.owners == LABELS.numpy()[:, None]).astype(float)
    misses = ((FEATURES.numpy() @ FRAME.centers.T - targets) ** 2).sum() / (2 * total)
    expected = misses + 0.01 / 2 * (FEATURES.numpy() ** 2).sum()
    found = losses.center_regression(FEATURES, LABELS, CENTERS, OWNERS, feature_decay=0.01)
    assert found.item() == pytest.approx(expected, rel=1e-12)
    learned = losses.center_regression(
        FEATURES,
        LABELS,
        CENTERS,
        OWNERS,
        feature_decay=0.01,
        classifier=torch.tensor(FRAME.classifier),
        weight_decay=0.2,
    )
    assert learned.item() == pytest.approx(expected + 0.2 / 2 * 3, rel=1e-12)


ON_FEATURES = {
    "center_cosine": lambda h: losses.center_cosine(h, LABELS, CENTERS, OWNERS),
    "nearest_center": lambda h: losses.nearest_center(h, LABELS, CENTERS, OWNERS),
    "center_regression": lambda h: losses.center_regression(
        h, LABELS, CENTERS, OWNERS, feature_decay=0.1
    ),
    "dot_regression": lambda h: losses.dot_regression(h, LABELS, torch.tensor(FRAME.classifier)),
    "arb": lambda h: losses.arb(h[:, :3], LABELS),
}


@pytest.mark.parametrize("name", ON_FEATURES)
def test_gradients_by_finite_differences(name):
    assert torch.autograd.gradcheck(ON_FEATURES[name], FEATURES.clone().requires_grad_())


def test_balanced_dot_regression_as_the_code_writes_it():
    """The published loop over the classes of a batch, in small."""
    etf = torch.tensor(simplex_etf(4, 12))
    norms = torch.ones(4, dtype=F64)
    for k, count in zip(*LABELS.unique(return_counts=True), strict=True):
        norms[k] = torch.sqrt(torch.tensor(5 / 3, dtype=F64) / count)
    target = (norms[:, None] * etf)[LABELS]
    dots, lengths = (FEATURES * target).sum(dim=1), FEATURES.norm(dim=1)
    expected = ((dots - target.norm(dim=1) * lengths) ** 2 / lengths).mean() / 2
    found = losses.balanced_dot_regression(FEATURES, LABELS, etf)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    unit = normalize(FEATURES, dim=1)
    each = losses.balanced_dot_regression(unit, LABELS, etf, reduction="none")
    cosines = (unit * etf[LABELS]).sum(dim=1)
    sizes = LABELS.bincount(minlength=4)[LABELS]
    torch.testing.assert_close(each, 5 / (2 * 3 * sizes) * (cosines - 1) ** 2)


def test_the_length_in_balanced_dot_regression_is_a_constant():
    etf, leaf = torch.tensor(simplex_etf(3, 12)), FEATURES.clone().requires_grad_()
    (slope,) = torch.autograd.grad(losses.balanced_dot_regression(leaf, LABELS, etf), leaf)
    vectors = etf[LABELS]
    across = slope - (slope * vectors).sum(dim=1, keepdim=True) * vectors
    torch.testing.assert_close(across, torch.zeros_like(across), rtol=0, atol=1e-15)


def test_arb_with_global_counts_is_balanced_softmax():
    counts, logits = [100, 10, 1], FEATURES[:, :3]
    torch.testing.assert_close(
        losses.arb(logits, LABELS, counts),
        losses.balanced_softmax(logits, LABELS, counts),
        rtol=1e-12,
        atol=0,
    )


def test_arb_counts_the_batch_and_forgets_absent_classes():
    labels, logits = torch.tensor([0, 0, 0, 2, 2]), FEATURES[:, :3]
    sizes = {0: 3.0, 2: 2.0}
    expected = []
    for z, y in zip(logits.tolist(), labels.tolist(), strict=True):
        total = sum(n / sizes[y] * math.exp(z[j]) for j, n in sizes.items())
        expected.append(-math.log(math.exp(z[y]) / total))
    found = losses.arb(logits, labels, reduction="none")
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_arb_on_a_batch_of_one_class_is_zero_and_pushes_nothing(dtype):
    logits = (1e3 * FEATURES[:, :3]).to(dtype).requires_grad_()
    value = losses.arb(logits, torch.zeros(5, dtype=torch.int64))
    (slope,) = torch.autograd.grad(value, logits)
    assert value.item() == 0
    assert not slope.any()


def test_deferred_weights():
    """Values of (1 - beta) / (1 - beta^n), normalised, computed with fractions of 50 digits."""
    from fractions import Fraction

    beta, counts = Fraction(9999, 10000), [500, 40, 3]
    exact = [(1 - beta) / (1 - beta**n) for n in counts]
    expected = [float(weight * 3 / sum(exact)) for weight in exact]
    np.testing.assert_allclose(losses.deferred_weights(counts), expected, rtol=1e-12)
    np.testing.assert_allclose(losses.deferred_weights(counts, 0.0), 1)


def test_ldam_with_deferred_weights_is_the_published_loss():
    counts, scale = np.array([500.0, 40, 3]), 30.0
    cosines = losses.cosine_logits(FEATURES, torch.tensor(FRAME.classifier))
    weights = torch.tensor(losses.deferred_weights(counts))
    margins = torch.tensor(0.5 * counts**-0.25 / (counts**-0.25).max())
    lead = margins[:, None] * torch.nn.functional.one_hot(LABELS, 3).T
    expected = cross_entropy(scale * (cosines - lead.T), LABELS, weight=weights, reduction="none")
    each = losses.ldam(cosines, LABELS, counts, scale=scale, reduction="none") * weights[LABELS]
    torch.testing.assert_close(each, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("dim", "num_classes"), [(7, 4), (4, 4), (3, 6)])
def test_rotated_head_rotates_a_centred_frame(dim, num_classes):
    torch.manual_seed(0)
    head = losses.RotatedHead(dim, num_classes)
    size = max(dim, num_classes)
    rotation = head.rotation.weight
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(dim), rtol=0, atol=1e-5)
    features = torch.randn(8, dim)
    centred = torch.eye(size) - torch.ones(size, size) / size
    torch.testing.assert_close(head(features), features @ rotation @ centred[:, :num_classes])
    step = torch.optim.SGD(head.parameters(), lr=0.5)
    cross_entropy(head(features), torch.arange(8) % num_classes).backward()
    step.step()
    rotation = head.rotation.weight
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(dim), rtol=0, atol=1e-5)


def test_mixup_mixes_inputs_and_losses_with_one_share():
    random = torch.Generator().manual_seed(3)
    mixed, partners, share = losses.mixup(FEATURES, LABELS, random)
    assert 0 < share < 1
    others = (mixed - share * FEATURES) / (1 - share)
    order = torch.cdist(others, FEATURES).argmin(dim=1)
    torch.testing.assert_close(others, FEATURES[order])
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
    assert partners.tolist() == LABELS[order].tolist()
    value = losses.mixed(
        lambda labels: losses.center_cosine(mixed, labels, CENTERS, OWNERS), LABELS, partners, share
    )
    each = [losses.center_cosine(mixed, y, CENTERS, OWNERS) for y in (LABELS, partners)]
    torch.testing.assert_close(value, share * each[0] + (1 - share) * each[1])


def test_shares_of_mixup_are_beta_distributed():
    """Uniform for alpha = 1, towards the ends for smaller alpha."""
    random = torch.Generator().manual_seed(0)
    nothing = torch.zeros(1, 1)
    for alpha, variance in ((1.0, 1 / 12), (0.2, 1 / (4 * 1.4))):
        shares = [losses.mixup(nothing, torch.tensor([0]), random, alpha)[2] for _ in range(600)]
        assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
        assert np.var(shares) == pytest.approx(variance, rel=0.15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: losses.center_cosine(FEATURES[0], LABELS, CENTERS, OWNERS),
            r"features must be of",
        ),
        (
            lambda: losses.center_cosine(FEATURES, LABELS, CENTERS[:, :5], OWNERS),
            r"centers must be of shape \(7, 12\), got \(7, 5\)",
        ),
        (
            lambda: losses.nearest_center(FEATURES, LABELS + 1, CENTERS, OWNERS),
            r"owners must be with a center of each label",
        ),
        (lambda: losses.center_cosine(FEATURES, LABELS[:2], CENTERS, OWNERS), r"labels must be of"),
        (lambda: losses.arb(FEATURES[:, :3], LABELS, [1, 2]), r"counts must be of length 3, got 2"),
        (lambda: losses.deferred_weights([3, 1], 1.0), r"beta must be in \[0, 1\), got 1\.0"),
        (
            lambda: losses.dot_regression(FEATURES, LABELS, CENTERS, energy=0.0),
            r"energy must be finite and above 0, got 0\.0",
        ),
        (lambda: losses.RotatedHead(3, 1), r"num_classes must be at least 2, got 1"),
        (
            lambda: losses.mixup(FEATURES, LABELS, torch.Generator(), 0.0),
            r"alpha must be above 0, got 0\.0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
