"""Whole grids at once: the same as one by one, on every route."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from app.errors import UserError
from app.theory import step_optimum, step_problem
from app.ufm import descent, torch_descent, torch_lbfgs
from app.ufm.batch import solve_batch
from app.ufm.dynamics import CompiledEngine, pack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of
from app.ufm.recipe import DESCENT, Recipe
from app.ufm.run import run
from app.ufm.solve import solve, solve_many
from app.ufm.spec import UFMSpec
from app.ufm.stack import stack_of
from app.ufm.start import factors, first_order, frame
from app.ufm.train_many import run_many

CPU = torch.device("cpu")


def grid(size, **fields):
    """K = 10 over imbalance 1 to 1000 and decay 10^-4.5 to 10^-2, minority collapse included."""
    return [
        UFMSpec(
            counts=(round(5 * ratio),) * 5 + (5,) * 5,
            weight_decay=decay,
            feature_decay=decay,
            **{"dim": 12, **fields},
        )
        for ratio in np.geomspace(1, 1000, size)
        for decay in np.geomspace(10**-4.5, 1e-2, size)
    ]


def test_a_sweep_is_certified_everywhere_and_agrees_with_the_closed_form():
    specs = grid(20)
    found = solve_batch([problem_of(spec) for spec in specs])
    assert (found.objective - found.lower_bound <= 1e-6 * found.objective).all()
    assert (found.ratio < 1 + 1e-6).all()
    counts = np.array([spec.counts for spec in specs], float)
    decays = np.array([spec.weight_decay for spec in specs])
    theory = step_optimum(step_problem(counts, 5), decays, decays)
    np.testing.assert_allclose(found.objective, theory.objective, rtol=1e-11)
    # Minority classifiers differ exactly where the closed form's contrast a_B is not zero.
    minority = found.classifier[:, 5:]
    apart = np.linalg.norm(minority - minority.mean(axis=1, keepdims=True), axis=(1, 2))
    merged = apart <= 1e-6 * np.linalg.norm(found.classifier, axis=(1, 2))
    np.testing.assert_array_equal(merged, theory.contrasts[:, 1] == 0)
    assert 50 < merged.sum() < 350


@pytest.mark.parametrize(
    "fields", [{"loss": "vs", "gamma": 0.5, "tau": 1.0}, {"relu": True}], ids=str
)
def test_other_sweeps_are_certified(fields):
    found = solve_batch([problem_of(spec) for spec in grid(8, **fields)])
    assert (found.objective - found.lower_bound <= 1e-6 * found.objective).all()


def test_specs_of_all_kinds_keep_their_order():
    specs = [
        *grid(2),
        UFMSpec(counts=(9, 5, 2), dim=3),
        UFMSpec(counts=(9, 5, 2), dim=4, relu=True),
        UFMSpec(counts=(9, 5, 2), dim=3, loss="mse"),
        UFMSpec(counts=(9, 5, 3), dim=3),
        UFMSpec(counts=(9, 5, 2), dim=3, bias=True),
        UFMSpec(counts=(9, 5, 2), dim=3, classifier="etf"),
        UFMSpec(counts=(9, 5, 2), dim=3, loss="focal"),
    ]
    for spec, run_ in zip(specs, solve_many(specs), strict=True):
        alone = solve(spec)
        assert run_.spec == spec
        assert run_.metrics["objective"] == pytest.approx(alone.metrics["objective"], rel=1e-12)
        np.testing.assert_allclose(run_.arrays["logits"], alone.arrays["logits"], atol=1e-7)
    assert solve_many([]) == []


def test_problems_of_two_kinds_are_no_batch():
    mixed = [problem_of(UFMSpec(dim=dim)) for dim in (10, 11)]
    for problems in (mixed, []):
        with pytest.raises(UserError, match="problems must be of one kind"):
            solve_batch(problems)


def test_callers_in_several_threads():
    specs = grid(5)
    alone = solve_many(specs)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(solve_many, [specs] * 4))
    for runs in together:
        for a, b in zip(runs, alone, strict=True):
            assert a.metrics["objective"] == b.metrics["objective"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "vs", "gamma": 0.5, "tau": 1.0, "bias": True, "bias_decay": 0.1},
        {"loss": "mse"},
        {"loss": "la", "tau": 1.0, "relu": True},
        {"classifier": "etf", "relu": True},
    ],
    ids=str,
)
def test_tensor_program_ends_where_the_kernel_does(fields):
    """What a GPU would run, on the CPU."""
    stack = stack_of([problem_of(spec) for spec in grid(3, **fields)])
    normal, _, _ = stack.normalized()
    if stack.fixed_classifier is not None:
        W, U = stack.fixed_classifier, np.zeros_like(stack.fixed_classifier)
    else:
        W, U = (frame if stack.relu else factors)(first_order(stack), 10)
    b = np.zeros(W.shape[:2])
    compiled = descent.descend(normal, W, U, b)
    tensors = torch_lbfgs.descend(normal, W, U, b, tolerance=1e-9, most=5000, device=CPU)
    np.testing.assert_allclose(
        normal.objective(*tensors[:3]), normal.objective(*compiled[:3]), rtol=1e-9
    )
    assert np.abs(np.log2(tensors[3] / compiled[3])).max() < 2


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-9), ("float32", 1e-3)])
def test_tensor_training_takes_the_same_steps(relu, dtype, close):
    specs = grid(2, relu=relu, loss="cdt", gamma=0.2, bias=True)
    problems = [problem_of(spec) for spec in specs]
    starts = [initial_parameters(spec, p) for spec, p in zip(specs, problems, strict=True)]
    rates, momentum = np.full(4, 2.0), np.full(4, 0.9)
    x, finite = torch_descent.heavy_ball(
        stack_of(problems),
        np.stack([pack(start, "float64") for start in starts]),
        rates,
        momentum,
        50,
        device=CPU,
        dtype=getattr(torch, dtype),
    )
    assert finite.all()
    for problem, start, row in zip(problems, starts, x, strict=True):
        engine = CompiledEngine(problem, "float64")
        state = engine.start(pack(start, "float64"), DESCENT)
        assert engine.advance(state, Recipe(DESCENT, 2.0, 0.9, relu), 50, 1e30) == 50
        np.testing.assert_allclose(row, state.x, atol=close)


def test_tensor_training_keeps_the_last_finite_state():
    specs = grid(1)
    problems = [problem_of(specs[0])] * 2
    start = pack(initial_parameters(specs[0], problems[0]), "float64")
    x, finite = torch_descent.heavy_ball(
        stack_of(problems),
        np.stack([start, start]),
        np.array([1.0, 1e12]),
        np.zeros(2),
        100,
        device=CPU,
        dtype=torch.float64,
    )
    assert finite.tolist() == [True, False]
    assert np.isfinite(x).all()


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov", "adam"])
def test_training_many_ends_where_training_one_does(optimizer):
    specs = grid(2, optimizer=optimizer, steps=300, learning_rate=0.5, bias=True)
    for spec, many in zip(specs, run_many(specs), strict=True):
        *_, last = run(spec)
        np.testing.assert_allclose(many.arrays["classifier"], last.arrays["classifier"], atol=1e-12)
        np.testing.assert_allclose(many.arrays["means"], last.arrays["means"], atol=1e-12)
        assert many.metrics["lower_bound"] <= many.metrics["objective"]
        assert not many.metrics["diverged"]


def test_training_many_reports_divergence():
    calm, wild = run_many([UFMSpec(learning_rate=rate, steps=200) for rate in (1.0, 1e9)])
    assert wild.metrics["diverged"] == 1
    assert np.isfinite(wild.arrays["classifier"]).all()
    assert calm.metrics["diverged"] == 0


def test_training_many_refuses_what_is_no_fixed_program():
    with pytest.raises(UserError, match="optimizer must be one of gd, momentum"):
        run_many([UFMSpec(optimizer="lbfgs")])


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr("app.device.cuda_count", lambda: 0)
    for call in (solve_many, run_many):
        with pytest.raises(UserError, match="device must be"):
            call([UFMSpec(device="cuda")])
