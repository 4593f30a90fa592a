"""The torch losses against stored numbers, the NumPy formula, torch's own and finite differences.

`reference.json` holds values of the authors' published code (LDAM-DRW, class-balanced loss,
balanced meta-softmax, logit adjustment, VS-Loss) on a small example, in float64.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy as torch_cross_entropy

import app.losses as losses
from app.errors import UserError
from app.losses.form import ldam_margins
from app.losses.functions import LOSSES

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())
COUNTS = REFERENCE["inputs"]["counts"]
LABELS = torch.tensor(REFERENCE["inputs"]["y"])
LOGITS = torch.tensor(REFERENCE["inputs"]["logits"], dtype=torch.float64)
COSINES = losses.cosine_logits(
    torch.tensor(REFERENCE["inputs"]["X"], dtype=torch.float64),
    torch.tensor(REFERENCE["inputs"]["W"], dtype=torch.float64),
)
CB = REFERENCE["cb_weights_beta0.9999"]

# Every loss with the parameters it needs.
CASES = {
    "ce": {},
    "wce": {},
    "la": {"tau": 0.7},
    "balanced_softmax": {},
    "cdt": {"gamma": 0.4},
    "ldt": {"gamma": -0.3},
    "vs": {"gamma": 0.3, "tau": 0.6},
    "ldam": {"margin": 0.4, "scale": 3.0},
    "focal": {"focusing": 1.5},
    "mse": {},
    "cb": {"beta": 0.99},
    "grw": {"rho": 0.8},
    "lort": {"delta": 0.9},
    "cb_sigmoid": {"beta": 0.99, "focusing": 0.5},
    "cb_binary": {"beta": 0.99},
}
SHIFT_INVARIANT = sorted(set(CASES) - {"cdt", "vs", "mse", "cb_sigmoid"})


def evaluate(name, logits, labels=LABELS, counts=COUNTS, **options):
    return LOSSES[name](logits, labels, counts, **CASES[name], **options)


def test_every_loss_is_tested_and_exported():
    assert set(CASES) == set(LOSSES)
    assert all(getattr(losses, function.__name__) is function for function in LOSSES.values())
    assert all(hasattr(losses, name) for name in losses.__all__)


PUBLISHED = {
    "ce": (losses.cross_entropy, LOGITS, {}),
    "cb_ce_official_tf": (losses.weighted_cross_entropy, LOGITS, {"weights": CB}),
    "focal_softmax_gamma1": (losses.focal, LOGITS, {"focusing": 1.0}),
    "focal_softmax_gamma2": (losses.focal, LOGITS, {"focusing": 2.0}),
    "ldam_cosine_s30": (losses.ldam, COSINES, {"scale": 30.0}),
    "ldam_rawlogits_s1": (losses.ldam, LOGITS, {}),
    "ldam_rawlogits_s30": (losses.ldam, LOGITS, {"scale": 30.0}),
    "balanced_softmax": (losses.balanced_softmax, LOGITS, {}),
    "logit_adjusted_tau1_noeps": (losses.logit_adjusted, LOGITS, {}),
    "logit_adjusted_tau0.5": (losses.logit_adjusted, LOGITS, {"tau": 0.5}),
    "vs_loss_gamma0.3_tau1": (losses.vs, LOGITS, {"gamma": 0.3, "normalization": "max"}),
    "cosine_ce_scale16": (losses.cross_entropy, 16 * COSINES, {}),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_values(name):
    function, logits, parameters = PUBLISHED[name]
    value = function(logits, LABELS, COUNTS, **parameters)
    assert value.item() == pytest.approx(REFERENCE["loss"][name], rel=1e-9)


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) & set(REFERENCE["gradient"])))
def test_published_gradients(name):
    """Stored ones are central differences, good to 1e-9."""
    function, logits, parameters = PUBLISHED[name]
    leaf = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(function(leaf, LABELS, COUNTS, **parameters), leaf)
    np.testing.assert_allclose(gradient, REFERENCE["gradient"][name], atol=1e-8)


def test_published_margins():
    np.testing.assert_allclose(ldam_margins(COUNTS), REFERENCE["ldam_margins"], atol=1e-12)


def test_torch_divides_weighted_losses_by_the_sum_of_weights():
    each = losses.weighted_cross_entropy(LOGITS, LABELS, COUNTS, weights=CB, reduction="none")
    mean = each.sum() / torch.tensor(CB, dtype=each.dtype)[LABELS].sum()
    assert mean.item() == pytest.approx(REFERENCE["loss"]["cb_ce_torch_mean"], rel=1e-9)


@pytest.mark.parametrize("name", ["ce", "wce", "la", "cdt", "ldt", "vs", "ldam"])
def test_agrees_with_the_common_formula(name):
    counts = np.array([300.0, 40, 11, 2])
    form = losses.loss_form(name, counts, **CASES[name])
    logits = np.random.default_rng(0).normal(size=(4, 4), scale=3)
    expected, residuals = form.class_losses(logits)
    gradient = -0.25 * form.weights * form.multipliers * residuals
    leaf = torch.tensor(logits.T, requires_grad=True)
    each = evaluate(name, leaf, torch.arange(4), counts, reduction="none")
    np.testing.assert_allclose(each.detach(), form.weights * expected, rtol=1e-12)
    (ours,) = torch.autograd.grad(each.mean(), leaf)
    np.testing.assert_allclose(ours.T, gradient, rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("name", CASES)
def test_gradients_by_finite_differences(name):
    leaf = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: evaluate(name, z), leaf)
    assert torch.autograd.gradgradcheck(lambda z: evaluate(name, z), leaf)


@pytest.mark.parametrize("name", CASES)
def test_reductions(name):
    each = evaluate(name, LOGITS, reduction="none")
    assert each.shape == (4,)
    assert evaluate(name, LOGITS).item() == pytest.approx(each.mean().item(), rel=1e-15)


def test_special_cases():
    z, y, n = LOGITS, LABELS, COUNTS
    ce = losses.cross_entropy(z, y)
    torch.testing.assert_close(ce, torch_cross_entropy(z, y), rtol=1e-14, atol=0)
    same = [
        losses.focal(z, y, focusing=0.0),
        losses.cdt(z, y, n, gamma=0.0),
        losses.ldt(z, y, n, gamma=0.0),
        losses.ldam(z, y, n, margin=0.0),
        losses.logit_adjusted(z, y, n, tau=0.0),
        losses.weighted_cross_entropy(z, y, [7, 7, 7]),
    ]
    for value in same:
        torch.testing.assert_close(value, ce, rtol=1e-13, atol=0)
    adjusted = losses.logit_adjusted(z, y, n, tau=1.0)
    torch.testing.assert_close(losses.balanced_softmax(z, y, n), adjusted, rtol=0, atol=0)
    torch.testing.assert_close(losses.vs(z, y, n, gamma=0.0), adjusted, rtol=1e-13, atol=0)
    plus_log_n = torch_cross_entropy(z + torch.tensor(n, dtype=torch.float64).log(), y)
    torch.testing.assert_close(adjusted, plus_log_n, rtol=1e-13, atol=0)
    torch.testing.assert_close(
        losses.vs(z, y, n, gamma=0.3, tau=0.0), losses.cdt(z, y, n, gamma=0.3), rtol=1e-13, atol=0
    )
    squares = ((z - torch.eye(3, dtype=z.dtype)[y]) ** 2).sum() / 8
    torch.testing.assert_close(losses.mse(z, y), squares, rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", SHIFT_INVARIANT)
def test_a_shift_of_all_logits_of_a_sample_changes_nothing(name):
    shift = torch.tensor([[5.0], [-40.0], [0.3], [100.0]], dtype=torch.float64)
    moved = evaluate(name, LOGITS + shift, reduction="none")
    torch.testing.assert_close(moved, evaluate(name, LOGITS, reduction="none"), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", CASES)
def test_renaming_classes_changes_nothing(name):
    order = torch.tensor([2, 0, 1])
    renamed = evaluate(
        name, LOGITS[:, order], order.argsort()[LABELS], np.array(COUNTS)[order.numpy()]
    )
    torch.testing.assert_close(renamed, evaluate(name, LOGITS), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"mse"}))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_logits_stay_finite(name, dtype):
    for size in (1e3, 1e6, 1e30):
        leaf = (size * LOGITS).to(dtype).requires_grad_()
        value = evaluate(name, leaf)
        (gradient,) = torch.autograd.grad(value, leaf)
        assert value.dtype == dtype
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_small_losses_and_their_gradients_keep_their_digits(dtype):
    """lse(z) - z_y, as usually written, is 0 here in single precision already at margin 20."""
    for margin in (20.0, 40.0, 80.0):
        leaf = torch.tensor([[margin, 0.0, 0.0]], dtype=dtype, requires_grad=True)
        value = losses.cross_entropy(leaf, torch.tensor([0]))
        (gradient,) = torch.autograd.grad(value, leaf)
        expected = 2 * np.exp(-margin)
        tolerance = 1e-5 if dtype == torch.float32 else 1e-12
        assert value.item() == pytest.approx(expected, rel=max(tolerance, 2e-8))
        assert gradient[0, 0].item() == pytest.approx(-expected, rel=max(tolerance, 2e-8))
        sharp = losses.focal(leaf, torch.tensor([0]), focusing=0.5)
        assert sharp.item() == pytest.approx(expected**1.5, rel=max(tolerance, 3e-8))


def test_cosine_logits():
    np.testing.assert_allclose(COSINES, REFERENCE["cosine_logits"], atol=1e-12)
    nothing = losses.cosine_logits(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    assert nothing.tolist() == [[0.0]]


def test_counts_may_be_a_tensor():
    value = losses.logit_adjusted(LOGITS, LABELS, torch.tensor(COUNTS))
    torch.testing.assert_close(value, losses.logit_adjusted(LOGITS, LABELS, COUNTS))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate("ce", LOGITS[0]), r"logits must be of shape \(B, K\) .*, got \(3,\)"),
        (lambda: evaluate("mse", LOGITS[:, :1]), r"logits must be .* K >= 2, got \(4, 1\)"),
        (lambda: evaluate("ce", LOGITS, LABELS[:2]), r"labels must be of shape \(4,\), got \(2,\)"),
        (lambda: evaluate("ce", LOGITS, LABELS.float()), r"labels must be an int64 tensor, got"),
        (lambda: evaluate("la", LOGITS, counts=[1, 2]), r"counts must be one .* 3 classes, got 2"),
        (lambda: evaluate("la", LOGITS, counts=[1, 2, 0]), r"counts must be .* 0 for class 2"),
        (lambda: evaluate("ce", LOGITS, reduction="sum"), r"reduction must be .*, got 'sum'"),
        (
            lambda: losses.weighted_cross_entropy(LOGITS, LABELS, COUNTS, weights=[1, -1, 1]),
            r"weights must be finite and above 0, got -1 for class 1",
        ),
        (lambda: losses.focal(LOGITS, LABELS, focusing=-1), r"focusing must be .*, got -1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()


def test_the_formula_needs_no_torch():
    code = "import sys, app.losses, app.losses.form as f; f.loss_form('ce', [2, 1]); " + (
        "assert 'torch' not in sys.modules; app.losses.focal; assert 'torch' in sys.modules"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=120)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'hinge'"):
        _ = losses.hinge
