"""Tensor programs against the compiled ones, on the CPU and on a GPU."""

import numpy as np
import pytest

from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.probe.methods import METHODS
from app.ufm import UFMSpec, collapse_metrics
from app.ufm.dynamics import ReferenceEngine, pack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of
from app.ufm.recipe import ADAM, DESCENT, NESTEROV, Recipe
from app.ufm.run import run
from app.ufm.solve import solve_many
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.torch_engine import TorchEngine
from app.ufm.train_many import run_many
from tests.gpu.tolerances import HEADS, MEASURED, OBJECTIVE, STEPS
from tests.probe.sets import clouds

NO_CEILING = 1e300
METHODS_OF = {"gd": DESCENT, "momentum": DESCENT, "nesterov": NESTEROV, "adam": ADAM}


def grid(**fields):
    return [
        UFMSpec(
            counts=(round(5 * ratio),) * 3 + (5,) * 3,
            weight_decay=decay,
            feature_decay=decay,
            **{"dim": 8, **fields},
        )
        for ratio in (1, 30, 1000)
        for decay in (1e-4, 1e-3, 1e-2)
    ]


def both(tensors, compute, specs):
    """Results of the tensor programs and of the usual ones."""
    found = compute(specs)
    tensors(False)
    return found, compute(specs)


@pytest.mark.parametrize("dtype", STEPS)
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("optimizer", METHODS_OF)
def test_steps_of_training(place, optimizer, relu, dtype):
    """Also after the rate changed, and none above the ceiling: on CUDA all by one graph."""
    spec = UFMSpec(counts=(9, 4, 2), dim=5, relu=relu, loss="vs", gamma=0.2, tau=0.5, bias=True)
    problem = problem_of(spec, per_sample=True)
    recipe = Recipe(METHODS_OF[optimizer], 0.05, 0.9 * (optimizer == "momentum"), relu)
    x = pack(initial_parameters(spec, problem), "float64")
    ends = []
    for engine, start in (
        (ReferenceEngine(problem), x),
        (TorchEngine(problem, dtype, str(place)), x.astype(dtype)),
    ):
        state = engine.start(start, recipe.method)
        assert engine.advance(state, recipe, 30, NO_CEILING) == 30
        halved = recipe._replace(rate=recipe.rate / 2)
        assert engine.advance(state, halved, 30, NO_CEILING) == 30
        assert engine.advance(state, halved, 30, ceiling=-1.0) == 0
        value, parameters, gradient = engine.evaluate(state)
        ends.append(np.r_[value, parameters, gradient])
    np.testing.assert_allclose(ends[1], ends[0], rtol=0, atol=STEPS[dtype])


def test_a_run_on_every_sample_and_what_is_measured_of_its_collapse(tensors):
    spec = UFMSpec(counts=(40, 10, 4), dim=6, steps=400, per_sample=True, optimizer="nesterov")
    found, usual = both(tensors, lambda spec: list(run(spec))[-1], spec)
    assert found.step == usual.step
    for name, value in usual.metrics.items():
        assert found.metrics[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name
    metrics = [
        collapse_metrics(
            end.arrays["features"], end.arrays["feature_labels"], end.arrays["classifier"]
        )
        for end in (found, usual)
    ]
    for name, value in metrics[1].values.items():
        assert metrics[0].values[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize(
    "fields",
    [{}, {"relu": True, "bias": True, "bias_decay": 0.1}, {"loss": "mse", "classifier": "etf"}],
    ids=str,
)
def test_optima(tensors, place, fields):
    found, usual = both(tensors, solve_many, grid(**fields))
    for a, b in zip(found, usual, strict=True):
        assert a.metrics["objective"] == pytest.approx(b.metrics["objective"], rel=OBJECTIVE)
        assert a.provenance["device"].startswith(place.type)
        np.testing.assert_allclose(a.arrays["logits"], b.arrays["logits"], atol=MEASURED)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("dtype", STEPS)
def test_training_many(tensors, dtype, relu):
    specs = grid(steps=100, learning_rate=0.5, optimizer="momentum", dtype=dtype, relu=relu)
    wild = grid(steps=100, learning_rate=1e9, dtype=dtype)[:1]
    found, usual = both(tensors, run_many, specs + wild)
    for a, b in zip(found, usual, strict=True):
        assert a.metrics["diverged"] == b.metrics["diverged"] == float(a.spec == wild[0])
    for a, b in zip(found[:-1], usual[:-1], strict=True):
        for name in ("classifier", "means"):
            np.testing.assert_allclose(a.arrays[name], b.arrays[name], atol=STEPS[dtype])


def test_a_sweep(tensors):
    spec = SweepSpec(size=5, classes=4, dim=6)
    found, usual = both(tensors, lambda spec: list(run_sweep(spec))[-1], spec)
    for name, values in usual.arrays.items():
        np.testing.assert_allclose(
            found.arrays[name], values, rtol=MEASURED, atol=MEASURED, err_msg=name
        )


@pytest.mark.parametrize("dtype", HEADS)
def test_every_method_of_retraining(tensors, monkeypatch, dtype):
    """By the route of a GPU: mini-batch by mini-batch, the last one shorter."""
    names = tuple(name for name, method in METHODS.items() if method.trained)
    spec = ProbeSpec(
        data="clouds", methods=names, epochs=3, batch_size=16, dtype=dtype, selection="last"
    )
    data = clouds([60, 21, 8, 4], dim=5)
    with monkeypatch.context() as patch:
        patch.setattr("app.device.streams.Lane.replays", True)
        *_, found = run_probe(spec, data)
    tensors(False)
    *_, usual = run_probe(spec, data)
    for name in ("classifier", "bias", "gain", "shift", "gate"):
        np.testing.assert_allclose(
            found.arrays[name], usual.arrays[name], atol=HEADS[dtype], err_msg=name
        )
