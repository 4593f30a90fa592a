"""A step of training towards centers against autograd; `make bench` prints the ratio."""

import numpy as np
import pytest
import torch

from app import losses
from app.centers import CentersSpec, model_of
from app.centers.model import start_of
from app.centers.objective import value_and_gradient
from tests.benchmarks.ratios import ratios

# The paper's frame: ten classes, f = 20, theta = 0.2, ratio 100; 250 samples, d = 210.
SPEC = CentersSpec(counts=(100, 60, 36, 22, 13, 8, 5, 3, 2, 1), mean_centers=20)
RATE = 0.02


class Autograd:
    """The paper's loss by matrix products in the ambient space, gradients by torch."""

    def __init__(self, model, X):
        frame = model.frame
        self.centers, self.owners = torch.tensor(frame.centers), torch.tensor(frame.owners)
        self.labels, self.H = torch.tensor(model.labels), torch.tensor(X, requires_grad=True)

    def step(self):
        loss = losses.center_cosine(self.H, self.labels, self.centers, self.owners)
        (slope,) = torch.autograd.grad(loss, self.H)
        with torch.no_grad():
            self.H -= RATE * len(self.H) * slope


def step(model, X):
    X -= RATE * value_and_gradient(model, X, np.ones(model.num_classes))[1]


def test_both_take_the_same_steps():
    """What is timed against each other computes the same; runs in every test run."""
    model = model_of(SPEC)
    X = start_of(SPEC, model)
    loop = Autograd(model, X)
    for _ in range(30):
        step(model, X)
        loop.step()
    np.testing.assert_allclose(X, loop.H.detach(), atol=1e-12)


@pytest.mark.slow
def test_a_step_of_training():
    model = model_of(SPEC)
    X = start_of(SPEC, model)
    loop = Autograd(model, X)

    def repeated(once):
        return lambda: [once() for _ in range(50)]

    seconds, against = ratios(
        repeated(lambda: step(model, X)), {"autograd": repeated(loop.step)}, rounds=9
    )
    ratio = against["autograd"]
    print(f"\nstep on 250 features, d = 210: {1e6 * seconds / 50:.0f} us; {ratio:.1f}x autograd")
    assert ratio >= 3.0
