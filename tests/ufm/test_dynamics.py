"""Steps of training: compiled, in NumPy, in torch, and by `torch.optim` on every sample."""

import numpy as np
import pytest
import torch

from app.ufm import UFMSpec
from app.ufm.dynamics import CompiledEngine, ReferenceEngine, pack, unpack
from app.ufm.initial import initial_parameters
from app.ufm.problem import objective, problem_of
from app.ufm.recipe import ADAM, DESCENT, NESTEROV, Recipe
from app.ufm.torch_engine import TorchEngine
from tests.ufm.definition import definition

METHODS = {"gd": DESCENT, "momentum": DESCENT, "nesterov": NESTEROV, "adam": ADAM}
RATES = {"gd": 0.5, "momentum": 0.3, "nesterov": 0.5, "adam": 0.03}
NO_CEILING = 1e300


def setting(name, *, relu=False, per_sample=False, loss="vs"):
    spec = UFMSpec(counts=(12, 5, 2, 1), dim=5, loss=loss, gamma=0.3, tau=0.5, relu=relu, bias=True)
    problem = problem_of(spec, per_sample=per_sample)
    momentum = 0.9 if name == "momentum" else 0.0
    return spec, problem, Recipe(METHODS[name], RATES[name], momentum, relu)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_all_engines_take_the_same_steps(name, per_sample, relu):
    spec, problem, recipe = setting(name, relu=relu, per_sample=per_sample)
    x = pack(initial_parameters(spec, problem), "float64")
    ends = []
    for engine in (
        ReferenceEngine(problem),
        CompiledEngine(problem, "float64"),
        TorchEngine(problem, "float64", "cpu"),
    ):
        state = engine.start(x, recipe.method)
        assert engine.advance(state, recipe, 150, NO_CEILING) == 150
        assert engine.advance(state, recipe, 150, NO_CEILING) == 150
        ends.append(engine.evaluate(state))
    for value, end, gradient in ends[1:]:
        assert value == pytest.approx(ends[0][0], rel=1e-11)
        np.testing.assert_allclose(end, ends[0][1], atol=1e-10)
        np.testing.assert_allclose(gradient, ends[0][2], atol=1e-10)
    assert ends[0][0] < 0.5 * objective(problem, *unpack(problem, x))


@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_single_precision_follows_double(name, per_sample):
    spec, problem, recipe = setting(name, per_sample=per_sample)
    ends = []
    for dtype in ("float64", "float32"):
        engine = CompiledEngine(problem, dtype)
        state = engine.start(pack(initial_parameters(spec, problem), dtype), recipe.method)
        engine.advance(state, recipe, 50, NO_CEILING)
        ends.append(engine.evaluate(state)[1])
    assert ends[1].dtype == np.float32
    np.testing.assert_allclose(ends[1], ends[0], atol=1e-3)


@pytest.mark.parametrize("loss", ["ce", "wce", "focal", "mse"])
@pytest.mark.parametrize("name", ["gd", "momentum", "adam"])
def test_means_move_as_torch_moves_every_sample(name, loss):
    """`torch.optim` on all N features, started equal within classes, against K rows of means."""
    spec, problem, recipe = setting(name, loss=loss)
    W, U, b = initial_parameters(spec, problem)
    H = (U / np.sqrt(problem.copies)[:, None])[np.repeat(np.arange(4), spec.counts)]
    leaves = [torch.tensor(part, requires_grad=True) for part in (W, H, b)]
    optimizer = (
        torch.optim.Adam(leaves, lr=recipe.rate)
        if name == "adam"
        else torch.optim.SGD(leaves, lr=recipe.rate, momentum=recipe.momentum)
    )
    engine = CompiledEngine(problem, "float64")
    state = engine.start(pack((W, U, b), "float64"), recipe.method)
    for _ in range(60):
        optimizer.zero_grad()
        definition(spec, *leaves).backward()
        optimizer.step()
        engine.advance(state, recipe, 1, NO_CEILING)
    found = unpack(problem, engine.evaluate(state)[1])
    means = found[1] / np.sqrt(problem.copies)[:, None]
    first = np.cumsum(spec.counts) - spec.counts
    np.testing.assert_allclose(found[0], leaves[0].detach(), atol=1e-11)
    np.testing.assert_allclose(means, leaves[1].detach()[first], atol=1e-11)
    np.testing.assert_allclose(found[2], leaves[2].detach(), atol=1e-11)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_samples_that_start_equal_have_the_means_of_training_on_means(name, relu):
    spec, problem, recipe = setting(name, relu=relu)
    samples = problem_of(spec, per_sample=True)
    W, U, b = initial_parameters(spec, problem)
    H = (U / np.sqrt(problem.copies)[:, None])[samples.labels]
    states = [
        (engine, engine.start(pack(start, "float64"), recipe.method))
        for engine, start in (
            (CompiledEngine(problem, "float64"), (W, U, b)),
            (CompiledEngine(samples, "float64"), (W, H, b)),
        )
    ]
    for _ in range(4):
        ends = []
        for engine, state in states:
            engine.advance(state, recipe, 50, NO_CEILING)
            ends.append(engine.evaluate(state))
        of_means, of_samples = unpack(problem, ends[0][1]), unpack(samples, ends[1][1])
        assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-11)
        np.testing.assert_allclose(of_means[0], of_samples[0], atol=1e-10)
        means = of_means[1] / np.sqrt(problem.copies)[:, None]
        np.testing.assert_allclose(of_samples[1], means[samples.labels], atol=1e-10)


def test_samples_that_start_apart_move_their_mean_differently():
    """Why the reduction states its condition: the loss is not linear in the features."""
    spec, problem, recipe = setting("gd")
    samples = problem_of(spec, per_sample=True)
    W, H, b = initial_parameters(spec, samples)
    means = np.stack([H[samples.labels == k].mean(axis=0) for k in range(4)])
    U = means * np.sqrt(problem.copies)[:, None]
    ends = []
    for rows, start in ((problem, (W, U, b)), (samples, (W, H, b))):
        engine = CompiledEngine(rows, "float64")
        state = engine.start(pack(start, "float64"), recipe.method)
        engine.advance(state, recipe, 20, NO_CEILING)
        ends.append(unpack(rows, engine.evaluate(state)[1])[0])
    assert np.abs(ends[0] - ends[1]).max() > 1e-3


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", ["reference", "compiled", "torch"])
def test_training_stops_before_the_first_step_from_above_the_ceiling(kind, name):
    spec, problem, recipe = setting(name, loss="mse")
    engine = {
        "reference": lambda: ReferenceEngine(problem),
        "compiled": lambda: CompiledEngine(problem, "float64"),
        "torch": lambda: TorchEngine(problem, "float64", "cpu"),
    }[kind]()
    recipe = recipe._replace(rate=100.0)
    state = engine.start(pack(initial_parameters(spec, problem), "float64"), recipe.method)
    done = engine.advance(state, recipe, 50, ceiling=1e6)
    assert 1 <= done < 50
    assert engine.advance(state, recipe, 50, ceiling=1e6) == 0
    again = engine.start(pack(initial_parameters(spec, problem), "float64"), recipe.method)
    assert engine.advance(again, recipe, done - 1, ceiling=1e6) == done - 1
    assert engine.evaluate(again)[0] <= 1e6
