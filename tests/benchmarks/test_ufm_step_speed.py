"""A step of training against the loop that papers publish; `make bench` prints the table."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from app.ufm import UFMSpec
from app.ufm.dynamics import CompiledEngine, Engine, State, pack, unpack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of
from app.ufm.recipe import DESCENT, Recipe
from tests.benchmarks.ratios import ratios

# K = 10, d = 64, N = 2,000, ratio 10; SGD with rate 0.1 and momentum 0.9, decays of 5e-4.
SPEC = UFMSpec(counts=(364,) * 5 + (36,) * 5, dim=64, init_scale=8.0)
NO_CEILING = 1e300


class PublishedLoop:
    """Full-batch SGD by autograd on every feature, decays written into the loss.

    What published code of the unconstrained-features model does at every step (Behnia et al.,
    AISTATS 2023; Dang et al., ICML 2024, with the ReLU), on the CPU, without its metrics.
    """

    def __init__(self, W, H, labels, *, relu, dtype):
        self.W, self.H = (torch.tensor(part, dtype=dtype, requires_grad=True) for part in (W, H))
        self.labels, self.relu = torch.tensor(labels), relu
        self.optimizer = torch.optim.SGD([self.W, self.H], lr=0.1, momentum=0.9)

    def step(self):
        self.optimizer.zero_grad()
        features = torch.relu(self.H) if self.relu else self.H
        loss = cross_entropy(features @ self.W.T, self.labels)
        loss = loss + 5e-4 / 2 * (self.W**2).sum() + 5e-4 / 2 * (features**2).sum()
        loss.backward()
        self.optimizer.step()


def published(problem, *, relu=False, dtype=torch.float32):
    W, H, _ = initial_parameters(SPEC, problem)
    return PublishedLoop(W, H, problem.labels, relu=relu, dtype=dtype)


def ours(problem, dtype) -> tuple[Engine, State, Recipe]:
    recipe = Recipe(DESCENT, 0.1, 0.9, relu=False)
    engine = CompiledEngine(problem, dtype)
    start = pack(initial_parameters(SPEC, problem), dtype)
    return engine, engine.start(start, recipe.method), recipe


def test_both_take_the_same_steps():
    """What is timed against each other computes the same; runs in every test run."""
    problem = problem_of(SPEC, per_sample=True)
    loop = published(problem, dtype=torch.float64)
    engine, state, recipe = ours(problem, "float64")
    for _ in range(100):
        loop.step()
    engine.advance(state, recipe, 100, NO_CEILING)
    W, H, _ = unpack(problem, state.x)
    np.testing.assert_allclose(W, loop.W.detach(), atol=1e-11)
    np.testing.assert_allclose(H, loop.H.detach(), atol=1e-11)


@pytest.mark.slow
def test_a_step_on_every_sample():
    problem = problem_of(SPEC, per_sample=True)
    plain, after_relu = published(problem), published(problem, relu=True)
    engine, state, recipe = ours(problem, "float32")

    def repeated(step):
        return lambda: [step() for _ in range(50)]

    seconds, against = ratios(
        lambda: engine.advance(state, recipe, 50, NO_CEILING),
        {"plain": repeated(plain.step), "relu": repeated(after_relu.step)},
        rounds=15,
    )
    print(
        f"\nstep on 2,000 samples, float32: {1e6 * seconds / 50:.0f} us; "
        f"{against['plain']:.1f}x the published loop, {against['relu']:.1f}x with its ReLU"
    )
    assert against["plain"] >= 3.0


@pytest.mark.slow
def test_a_step_on_class_means():
    plain = published(problem_of(SPEC, per_sample=True))
    engine, state, recipe = ours(problem_of(SPEC), "float64")
    steps = 2_000

    def ten():
        for _ in range(10):
            plain.step()

    seconds, against = ratios(
        lambda: engine.advance(state, recipe, steps, NO_CEILING), {"plain": ten}, rounds=15
    )
    ratio = against["plain"] * steps / 10
    print(
        f"\nstep on class means, float64: {1e6 * seconds / steps:.2f} us; "
        f"{ratio:.0f}x the published loop"
    )
    assert ratio >= 200.0
