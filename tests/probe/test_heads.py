"""Heads against published numbers; what they become when training moves them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from app.losses import LOSSES
from app.probe.group import _radii
from app.probe.heads import HEADS, Batch, Origin
from app.probe.lineup import Lineup
from app.probe.method import Rule
from app.probe.posthoc import adjust, setup_of
from app.probe.spec import ProbeSpec
from app.probe.starts import Classifier
from app.probe.state import Columns, State, join
from tests.probe.sets import clouds

FILE = json.loads((Path(__file__).parents[1] / "losses" / "retraining.json").read_text())
INPUTS, LOSS, ARRAYS = FILE["inputs"], FILE["loss"], FILE["arrays"]
X, W, B = (np.array(INPUTS[name]) for name in ("X", "W", "b"))
COUNTS, LABELS = np.array(INPUTS["counts"]), torch.tensor(INPUTS["y"])
FIRST = Classifier(W, B)
DOUBLE = torch.DoubleTensor


def head(kind, scale=1.0):
    rows = torch.tensor(np.c_[W, B])
    origin = Origin(rows[None, None], torch.tensor([scale], dtype=torch.float64), rows[None])
    features = torch.tensor(np.c_[X, np.ones(len(X))])
    unit = torch.nn.functional.normalize(features[:, :-1], dim=1)
    first = (features @ rows.T)[:, None]
    return HEADS[kind](origin), Batch(features[None], unit[None], first)


def ce(logits):
    return cross_entropy(torch.as_tensor(logits), LABELS).item()


def logits_of(state):
    return Columns(X).logits(state)[0].T


def both(heads, batch):
    """Logits as trained and as judged, which must agree."""
    trained = heads.logits(batch)[:, 0].numpy()
    np.testing.assert_allclose(logits_of(heads.state()), trained, atol=1e-12)
    return trained


@pytest.mark.parametrize("scale", [1.0, 16.0])
def test_cosine(scale):
    found = both(*head("cosine", scale))
    published = {1.0: LOSS["cosine_ce_scale1"], 16.0: 3.394113294711}
    assert ce(found) == pytest.approx(published[scale], rel=1e-9)


def test_lws():
    heads, batch = head("scaled")
    heads.parameters[0][:] = DOUBLE(INPUTS["lws_c"])
    found = both(heads, batch)
    np.testing.assert_allclose(found, ARRAYS["lws_logits_c0.5_1_2"], atol=1e-12)
    assert ce(found) == pytest.approx(LOSS["lws_ce"], rel=1e-9)


def test_disalign():
    heads, batch = head("gated")
    heads.parameters[0][:] = DOUBLE(INPUTS["disalign_alpha"]) - 1
    heads.parameters[1][:] = DOUBLE(INPUTS["disalign_beta"])
    heads.parameters[2][:] = DOUBLE([*INPUTS["disalign_conf_w"], INPUTS["disalign_conf_b"]])
    found = both(heads, batch)
    np.testing.assert_allclose(found, ARRAYS["disalign_logits"], atol=1e-11)
    each = LOSSES["grw"](torch.tensor(found), LABELS, COUNTS, rho=1.2, reduction="none")
    weights = torch.tensor(ARRAYS["grw_weights_rho1.2"], dtype=torch.float64)
    weights *= COUNTS.sum() / (COUNTS @ weights.numpy())
    mean = (each.sum() / weights[LABELS].sum()).item()
    assert mean == pytest.approx(LOSS["disalign_grw_ce_rho1.2_torch_mean"], rel=1e-9)


def test_disalign_with_a_closed_gate_is_stage_1():
    heads, batch = head("gated")
    heads.parameters[0][:] = 3.0
    heads.parameters[2][..., -1] = -800.0
    np.testing.assert_allclose(both(heads, batch), X @ W.T + B, atol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "scaled", "gated"])
def test_heads_start_at_stage_1(kind):
    np.testing.assert_allclose(both(*head(kind)), X @ W.T + B, atol=1e-12)


def test_the_radius_of_maxnorm():
    radius = _radii(W[None], [0.1, None])[0, :, 0, 0]
    assert radius[0] == pytest.approx(ARRAYS["maxnorm_radius_thresh0.1"], rel=1e-9)
    assert radius[1] == np.inf
    norms = np.linalg.norm(W, axis=1, keepdims=True)
    projected = W * np.minimum(1, radius[0] / norms)
    np.testing.assert_allclose(projected, ARRAYS["maxnorm_projected_W"], atol=1e-11)
    assert ce(X @ projected.T + B) == pytest.approx(LOSS["maxnorm_then_ce"], rel=1e-9)


def adjusted(adjuster, value):
    rule = Rule(adjuster, "tau" if adjuster != "mla" else "gamma", value, tuned=False)
    return logits_of(adjust(rule, FIRST, setup_of(COUNTS, W, B), None, "accuracy").state)


def test_tau_norm():
    setup = setup_of(COUNTS, W, B)
    largest = setup.weight_norms.max()
    # Logits are multiples of the published ones, which do not keep those of the largest norm.
    assert ce(adjusted("tau-norm", 1.0) / largest) == pytest.approx(
        LOSS["tau1_nobias_ce"], rel=1e-9
    )
    found = adjusted("tau-norm", 0.7) / largest**0.7
    np.testing.assert_allclose(found, ARRAYS["tau0.7_logits_nobias"], atol=1e-11)
    np.testing.assert_allclose(adjusted("tau-norm", 0.0), X @ W.T, atol=1e-12)


def test_post_hoc_adjustment():
    found = adjusted("ala", 1.0)
    gap = found - np.array(ARRAYS["posthoc_la_logits_tau1"])
    np.testing.assert_allclose(gap, np.log(COUNTS.sum()), atol=1e-11)
    assert found.argmax(axis=1).tolist() == ARRAYS["pred_posthoc_la_tau1"]
    for adjuster in ("ala", "mla"):
        np.testing.assert_allclose(adjusted(adjuster, 0.0), X @ W.T + B, atol=1e-12)


def test_joined_states_are_judged_each_by_its_form():
    kinds = ("linear", "cosine", "scaled", "gated")
    made = [head(kind, 16.0) for kind in kinds]
    made[3][0].parameters[0][:] = 0.4
    whole = Columns(X).logits(join([heads.state() for heads, _ in made]))
    for found, (heads, batch) in zip(whole, made, strict=True):
        np.testing.assert_allclose(found.T, heads.logits(batch)[:, 0], atol=1e-12)


def test_a_feature_of_length_zero_has_cosines_zero():
    state = State.linear(W[None], np.zeros((1, 3)), unit=True)
    assert not Columns(np.zeros((1, 2))).logits(state).any()


def test_random_starts_differ_by_seed_and_no_others():
    lineup = Lineup(ProbeSpec(data="clouds", methods=("crt", "ce"), seeds=2), clouds([9, 4, 3]))
    a, b = lineup.begin(0, 0).weights, lineup.begin(0, 1).weights
    assert np.abs(a - b).max() > 0.01
    assert np.abs(a).max() <= 1 / np.sqrt(8)
    np.testing.assert_array_equal(lineup.begin(1, 0).weights, lineup.begin(1, 1).weights)
