"""Losses of re-training: published numbers, torch's own, and the tables against autograd.

`retraining.json` holds values that the authors' published code (LDAM-DRW, class-balanced loss in
TensorFlow, LTWB, DisAlign, LOS, decoupling) gives on a small example, in float64.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.losses import LOSSES, loss_form
from app.losses.stacked import Stacked
from app.losses.tables import LINKS, loss_table
from app.losses.targets import least_loss, optimal_gap, smoothed_targets, smoothing_of_gap
from app.losses.weights import class_balanced_weights, power_weights

REFERENCE = json.loads(Path(__file__).with_name("retraining.json").read_text())
INPUTS, ARRAYS = REFERENCE["inputs"], REFERENCE["arrays"]
COUNTS = np.array(INPUTS["counts"])
LOGITS = torch.tensor(INPUTS["logits"], dtype=torch.float64)
LABELS = torch.tensor(INPUTS["y"])

PUBLISHED = {
    "cb_sigmoid_official_tf": ("cb_sigmoid", {}),
    "cb_focal_sigmoid_gamma1": ("cb_sigmoid", {"focusing": 1.0}),
    "cb_focal_sigmoid_gamma2": ("cb_sigmoid", {"focusing": 2.0}),
    "sigmoid_bce_unweighted": ("cb_sigmoid", {"beta": 0.0}),
    "ltwb_cb_softmax_bce": ("cb_binary", {}),
    "lort_delta0": ("lort", {"delta": 0.0}),
    "lort_delta0.2": ("lort", {"delta": 0.2}),
    "lort_delta0.98": ("lort", {"delta": 0.98}),
    "lort_delta0.99": ("lort", {"delta": 0.99}),
}
# Every loss that has a table, with the parameters it needs.
TABLED = {
    "ce": {},
    "wce": {},
    "la": {"tau": 0.7},
    "cdt": {"gamma": 0.4},
    "ldt": {"gamma": -0.3},
    "vs": {"gamma": 0.3, "tau": 0.6, "normalization": "max"},
    "ldam": {"margin": 0.4, "scale": 3.0},
    "balanced_softmax": {},
    "cb": {"beta": 0.99},
    "grw": {"rho": 0.8},
    "lort": {"delta": 0.9},
    "focal": {"focusing": 1.5},
    "cb_binary": {"beta": 0.99},
    "cb_sigmoid": {"beta": 0.99},
}


def gradient(name, logits, labels, counts, **parameters):
    """By autograd, of the sum over samples."""
    leaf = logits.clone().requires_grad_()
    each = LOSSES[name](leaf, labels, counts, **parameters, reduction="none")
    return torch.autograd.grad(each.sum(), leaf)[0]


def stacked(names, logits, labels, counts):
    """Gradients (R, P, K) of losses of one link."""
    tables = [loss_table(name, counts, **TABLED[name]) for name in names]
    found = logits[:, None].repeat(1, len(names), 1)
    Stacked(tables, logits).gradient_(found, labels)
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_values(name):
    loss, parameters = PUBLISHED[name]
    value = LOSSES[loss](LOGITS, LABELS, COUNTS, **parameters)
    assert value.item() == pytest.approx(REFERENCE["loss"][name], rel=1e-9)


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) & set(REFERENCE["grad_wrt_logits"])))
def test_published_gradients(name):
    """Stored ones are partly central differences, good to 1e-9."""
    loss, parameters = PUBLISHED[name]
    found = gradient(loss, LOGITS, LABELS, COUNTS, **parameters) / len(LABELS)
    np.testing.assert_allclose(found, REFERENCE["grad_wrt_logits"][name], atol=1e-8)


def test_the_element_mean_is_a_kth():
    value = LOSSES["cb_sigmoid"](LOGITS, LABELS, COUNTS).item()
    assert value / 3 == pytest.approx(REFERENCE["loss"]["cb_sigmoid_elementmean"], rel=1e-9)


def test_published_weights():
    for beta in (0.9999, 0.99):
        np.testing.assert_allclose(
            class_balanced_weights(COUNTS, beta), ARRAYS[f"cb_weights_beta{beta}"], rtol=1e-9
        )
    grw = power_weights(COUNTS, 1.2)
    np.testing.assert_allclose(3 * grw / grw.sum(), ARRAYS["grw_weights_rho1.2"], rtol=1e-9)
    inverse = power_weights(COUNTS, 1.0)
    np.testing.assert_allclose(3 * inverse / inverse.sum(), ARRAYS["inverse_weights"], rtol=1e-9)
    np.testing.assert_allclose(inverse, loss_form("wce", COUNTS).weights, rtol=1e-13)
    assert COUNTS @ grw == pytest.approx(COUNTS.sum())


def test_limits_of_class_balanced_weights():
    np.testing.assert_array_equal(class_balanced_weights(COUNTS, 0.0), 1.0)
    near_one = class_balanced_weights(COUNTS, 1 - 1e-9)
    np.testing.assert_allclose(near_one, ARRAYS["inverse_weights"], rtol=1e-6)


def test_published_targets_and_their_least_loss():
    targets = smoothed_targets(3, 0.98)
    np.testing.assert_allclose(targets[INPUTS["y"]], ARRAYS["lort_targets_delta0.98"], atol=1e-12)
    for key, gap in ARRAYS["lort_optimal_gap"].items():
        num_classes, delta = int(key[1:].split("_")[0]), float(key.split("delta")[1])
        assert optimal_gap(num_classes, delta) == pytest.approx(gap, abs=1e-11)
        assert smoothing_of_gap(num_classes, gap) == pytest.approx(delta, rel=1e-9)
        least = least_loss(num_classes, delta)
        assert least == pytest.approx(ARRAYS["lort_minimum"][key], rel=1e-11)


def test_the_gap_of_the_paper_carried_to_ten_classes():
    assert smoothing_of_gap(10, optimal_gap(100, 0.98)) == pytest.approx(0.8305, abs=1e-4)
    assert optimal_gap(7, 0.0) == math.inf
    assert smoothing_of_gap(7, 800.0) == 0.0


@given(st.integers(2, 300), st.floats(0.01, 0.999))
@settings(max_examples=40, deadline=None)
def test_lort_is_least_at_its_gap(num_classes, delta):
    logits = torch.zeros(1, num_classes, dtype=torch.float64)
    logits[0, 1] = optimal_gap(num_classes, delta)
    label = torch.tensor([1])
    value = LOSSES["lort"](logits, label, delta=delta).item()
    assert value == pytest.approx(least_loss(num_classes, delta), rel=1e-9)
    slopes = gradient("lort", logits, label, None, delta=delta)
    np.testing.assert_allclose(slopes, 0.0, atol=1e-12)


def test_lort_is_label_smoothing_and_its_slopes_cancel():
    for delta in (0.0, 0.2, 0.98):
        theirs = torch.nn.CrossEntropyLoss(label_smoothing=delta)(LOGITS, LABELS)
        torch.testing.assert_close(LOSSES["lort"](LOGITS, LABELS, delta=delta), theirs)
        slopes = gradient("lort", LOGITS, LABELS, None, delta=delta)
        np.testing.assert_allclose(slopes.sum(dim=1), 0.0, atol=1e-14)


def test_every_table_is_tested():
    assert set(TABLED) == set(LINKS)
    assert set(LINKS) <= set(LOSSES)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("link", sorted(set(LINKS.values())))
def test_stacked_gradients_are_those_of_autograd(link, dtype):
    names = [name for name in LINKS if LINKS[name] == link]
    rng = np.random.default_rng(0)
    counts, labels = np.array([300, 40, 11, 2]), torch.tensor(rng.integers(4, size=50))
    logits = torch.tensor(rng.normal(size=(50, 4), scale=4))
    found = stacked(names, logits.to(dtype), labels, counts)
    for i, name in enumerate(names):
        expected = gradient(name, logits, labels, counts, **TABLED[name])
        slack = 1e-12 if dtype == torch.float64 else 1e-5
        np.testing.assert_allclose(found[:, i], expected, rtol=slack, atol=slack * 10)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("link", sorted(set(LINKS.values())))
def test_stacked_gradients_of_extreme_logits_are_finite(link, dtype):
    names = [name for name in LINKS if LINKS[name] == link]
    for size in (0.0, 20.0, 1e3, 1e6):
        logits = size * LOGITS.to(dtype)
        found = stacked(names, logits, LABELS, COUNTS)
        assert torch.isfinite(found).all()
        # Never more than a few times the largest weight: nothing cancels badly.
        assert found.abs().max() < 100


def test_slopes_of_a_confident_mistake_keep_their_digits():
    """Where a wrong class has all the probability, odds are huge and must cancel exactly."""
    logits = torch.tensor([[9.0, 1.0, 0.0, -2.0], [40.0, 0.0, -3.0, 1.0]], dtype=torch.float64)
    labels, counts = torch.tensor([1, 2]), np.ones(4)
    found = stacked(["cb_binary"], logits.float(), labels, counts)[:, 0]
    expected = gradient("cb_binary", logits, labels, counts, beta=0.99)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


def test_weights_may_come_late_to_a_loss_without():
    """Deferred re-weighting: class-balanced weights of mean 1 over the training samples."""
    table = loss_table("ldam", COUNTS, margin=0.5, scale=30.0, beta=0.9999)
    plain = loss_table("ldam", COUNTS, margin=0.5, scale=30.0)
    ratio = table.weights / plain.weights
    np.testing.assert_allclose(
        ratio / ratio[0],
        np.array(ARRAYS["cb_weights_beta0.9999"]) / (ARRAYS["cb_weights_beta0.9999"][0]),
        rtol=1e-9,
    )
    assert COUNTS @ ratio == pytest.approx(COUNTS.sum())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: smoothed_targets(3, 1.0), r"delta must be at least 0 and below 1, got 1\.0"),
        (lambda: optimal_gap(1, 0.5), r"num_classes must be at least 2, got 1"),
        (lambda: smoothing_of_gap(3, 0.0), r"gap must be above 0, got 0\.0"),
        (lambda: class_balanced_weights([1, 2], 1.0), r"beta must be in \[0, 1\), got 1\.0"),
        (lambda: power_weights([1, 2], 11.0), r"rho must be in \[-10, 10\], got 11\.0"),
        (lambda: loss_table("mse", [1, 2]), r"loss must be one of ce, .*, got 'mse'"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
