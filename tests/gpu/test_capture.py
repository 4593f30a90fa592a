"""What CUDA demands of a step that is to be captured, told without a GPU; and that it is one.

On the device "meta" tensors have shapes and no values: asking for one fails, as it would during a
capture. Tensors of the CPU that reach an operation would be copied, which a capture forbids too.
"""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from app.device.streams import Lane
from app.probe import ProbeSpec
from app.probe.candidates import candidates
from app.probe.lineup import Lineup
from app.probe.methods import METHODS
from app.probe.problem import Problem
from app.probe.trainer import Trainer
from app.ufm import UFMSpec, torch_descent, torch_lbfgs
from app.ufm.dynamics import pack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of
from app.ufm.recipe import ADAM, DESCENT, NESTEROV, Recipe
from app.ufm.stack import stack_of
from app.ufm.torch_engine import TorchEngine
from app.ufm.torch_stack import tensor_stack
from tests.probe.sets import clouds

META = torch.device("meta")
CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
LOSSES = [{"loss": "vs", "gamma": 0.2, "bias": True}, {"loss": "focal"}, {"loss": "mse"}]


class OnDevice(TorchDispatchMode):
    """Refuse operations that touch a tensor of the CPU."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        for leaf in tree_leaves((args, kwargs, found)):
            if isinstance(leaf, torch.Tensor):
                assert leaf.device.type != "cpu", f"{func} would copy from the processor"
        return found


def test_the_guards_guard():
    x = torch.ones(3, device="meta")
    for asking in (lambda: x.sum().item(), lambda: x[x > 0], lambda: bool(x.any())):
        with pytest.raises((RuntimeError, NotImplementedError)):
            asking()
    with OnDevice(), pytest.raises(AssertionError, match="from the processor"):
        x * torch.tensor(2.0)


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("method", [DESCENT, NESTEROV, ADAM])
@pytest.mark.parametrize("fields", LOSSES, ids=str)
def test_a_step_of_training(fields, method, relu):
    spec = UFMSpec(counts=(4, 2, 1), dim=3, relu=relu, **fields)
    problem = problem_of(spec, per_sample=True)
    engine = TorchEngine(problem, "float32", "meta")
    state = engine.start(pack(initial_parameters(spec, problem), "float32"), method)
    with OnDevice():
        engine._step(state, Recipe(method, 0.1, 0.9, relu))


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("fields", LOSSES, ids=str)
def test_a_step_of_many_models(fields, relu):
    stack = stack_of([problem_of(UFMSpec(counts=(4, 2, 1), dim=3, relu=relu, **fields))] * 2)
    problems = tensor_stack(stack, 3, META, torch.float64)
    x = torch.zeros(2, 21, dtype=torch.float64, device=META)
    limits = torch_lbfgs._Limits(1e-9, 100)
    search = torch_lbfgs._begun(problems, x, limits)
    balls = torch_descent._Balls(x, x.clone(), x.clone(), x[:, :1] > 0)
    with OnDevice():
        search.assign(torch_lbfgs._ticked(problems, search, limits))
        torch_descent._step(problems, balls, x[:, :1], x[:, :1])


def test_a_step_of_all_heads():
    names = tuple(name for name, method in METHODS.items() if method.trained)
    spec = ProbeSpec(data="clouds", methods=names, batch_size=8, selection="last")
    data = clouds([60, 21, 8, 4], dim=5)
    lineup = Lineup(spec, data)
    problem = Problem(spec, [lineup.sets[0].train], lineup.counts, "meta")
    chosen = dict(enumerate(candidates(spec)))
    starts = [{c: lineup.begin(c, 0) for c in chosen}]
    trainer = Trainer(problem, "instance", chosen, starts, lineup.first)
    trainer._begin(0)
    with OnDevice():
        trainer._take(trainer._chosen)


def test_a_step_finds_its_state_as_it_was(place):
    lane = Lane(place)
    with lane():
        x = torch.zeros(3, device=place)
        step = lane.replayed(lambda: x.add_(1.0), [x])
        assert x.tolist() == [0.0] * 3
        for _ in range(5):
            step()
        assert x.tolist() == [5.0] * 3


@CUDA
@pytest.mark.filterwarnings("error")
def test_steps_are_graphs_on_cuda(caplog):
    """Nothing fell back to launching one operation after another."""
    spec = UFMSpec(counts=(9, 4, 2), dim=5)
    problem = problem_of(spec, per_sample=True)
    engine = TorchEngine(problem, "float64", "cuda")
    state = engine.start(pack(initial_parameters(spec, problem), "float64"), ADAM)
    engine.advance(state, Recipe(ADAM, 0.1, 0.0, False), 3, 1e300)
    replay = engine._captured[2]
    assert isinstance(replay.__self__, torch.cuda.CUDAGraph)
    assert not caplog.records


@CUDA
def test_a_step_that_cannot_be_captured_is_launched(caplog):
    lane = Lane(torch.device("cuda"))
    with lane():
        x = torch.ones(3, device="cuda")

        def step():
            x.mul_(x.sum().item())

        lane.replayed(step, [x])()
        assert x.tolist() == [3.0] * 3
    assert "No CUDA graph" in caplog.text


@CUDA
def test_threads_capture_and_train_at_once():
    from concurrent.futures import ThreadPoolExecutor

    from app.ufm.run import run

    spec = UFMSpec(counts=(40, 10, 4), dim=6, steps=200, per_sample=True, device="cuda")

    def end(seed):
        *_, last = run(spec.model_copy(update={"seed": seed}))
        return last.arrays["classifier"]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(end, range(8)))
    for seed, found in enumerate(together):
        np.testing.assert_array_equal(found, end(seed))
