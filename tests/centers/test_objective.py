"""The objective in its own coordinates against the torch losses in a turned frame."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from app import losses
from app.centers.model import model_of, start_of
from app.centers.objective import curvature, value_and_gradient
from app.centers.run import train
from app.centers.spec import CentersSpec
from app.theory import center_frame

COUNTS = (5, 3, 1)


def torch_value(spec, model, H, lengths, rows):
    """The objective by `app.losses`, with features H in the coordinates of a turned frame."""
    labels, owners = torch.tensor(model.labels), torch.tensor(model.frame.owners)
    W0 = lengths[:, None] * rows[: model.num_classes]
    arms = lengths[owners, None] * rows[model.num_classes :]
    centers = math.cos(spec.theta) * arms + math.sin(spec.theta) * W0[owners]
    if spec.loss == "p":
        learned = {"classifier": W0, "weight_decay": spec.weight_decay} if model.learned else {}
        return losses.center_regression(
            H, labels, centers, owners, feature_decay=spec.feature_decay, **learned
        )
    if spec.loss == "ce":
        norms = spec.norm_decay * (H.norm(dim=1) - 1).square()
        return (cross_entropy(H @ W0.T, labels, reduction="none") + norms).mean()
    loss = losses.center_cosine if spec.loss == "cosine" else losses.nearest_center
    return loss(H, labels, centers, owners, norm_decay=spec.norm_decay)


@pytest.mark.parametrize(
    ("loss", "frame"),
    [("cosine", "fixed"), ("nearest", "fixed"), ("ce", "fixed"), ("p", "fixed"), ("p", "learned")],
)
@pytest.mark.parametrize("theta", [0.0, 0.4, math.pi / 2])
def test_value_and_gradient(loss, frame, theta):
    spec = CentersSpec(
        counts=COUNTS, loss=loss, frame=frame, theta=theta, dim=15, norm_decay=0.3, seed=4
    )
    model = model_of(spec)
    turned = center_frame(spec.per_class, theta, 15, seed=9)
    basis = np.linalg.qr(np.concatenate([turned.classifier, turned.arms]).T, mode="complete")[0].T
    rows = np.concatenate([turned.classifier, turned.arms])
    basis[: len(rows)] = rows
    X = start_of(spec, model)
    lengths = np.array([1.0, 0.7, 1.4]) if model.learned else np.ones(3)
    value, gradient, slopes = value_and_gradient(model, X, lengths)
    H = torch.tensor(X @ basis, requires_grad=True)
    leaf = torch.tensor(lengths, requires_grad=True)
    wanted = torch_value(spec, model, H, leaf, torch.tensor(rows))
    assert value == pytest.approx(wanted.item(), rel=1e-12)
    by_feature, by_length = torch.autograd.grad(wanted, [H, leaf], allow_unused=True)
    scale = 1 if loss == "p" else len(X)
    np.testing.assert_allclose(gradient @ basis, scale * by_feature, atol=1e-12)
    if model.learned:
        np.testing.assert_allclose(slopes, by_length, atol=1e-12)
    else:
        assert not slopes.any()


@pytest.mark.parametrize("loss", ["cosine", "nearest", "ce", "p"])
@pytest.mark.parametrize("theta", [0.0, 0.2, 1.0, math.pi / 2])
@pytest.mark.parametrize("mean_centers", [2, 15])
def test_at_the_rate_chosen_the_objective_never_rises(loss, theta, mean_centers):
    spec = CentersSpec(
        counts=(20, 6, 2), loss=loss, theta=theta, mean_centers=mean_centers, steps=150
    )
    values = [snapshot.metrics["objective"] for snapshot in run_of(spec)]
    assert (np.diff(values) <= 1e-9 * np.abs(values[:-1])).all()


def test_a_learned_frame_descends_too():
    spec = CentersSpec(counts=(20, 6, 2), loss="p", frame="learned", steps=400)
    values = [snapshot.metrics["objective"] for snapshot in run_of(spec)]
    assert (np.diff(values) <= 1e-9 * np.abs(values[:-1])).all()


def run_of(spec):
    model = model_of(spec)
    return train(model, start_of(spec, model), spec.steps)


def test_the_rate_is_not_timid():
    """Twenty times the rate overshoots in loss P, where the bound is the curvature itself."""
    spec = CentersSpec(counts=(20, 6, 2), loss="p", steps=60)
    model = model_of(spec)
    start = start_of(spec, model)
    rate = 1 / curvature(model, start, np.ones(3))
    fast = list(train(model, start, 60, 2.1 * rate))
    assert fast[-1].metrics["objective"] > fast[0].metrics["objective"]
