"""Straight to the optimum against the ways to get there by hand; `make bench` prints the ratios.

The usual loop is that of published code (Fsoft-AIC/Cross-Entropy-Imbalanced) without its metrics:
one feature a sample, autograd, SGD with rate 0.1 and momentum 0.9.
"""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from app.ufm.batch import solve_batch
from app.ufm.certificate import certificates
from app.ufm.dynamics import CompiledEngine, pack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of, value_and_gradient
from app.ufm.recipe import DESCENT, Recipe
from app.ufm.spec import UFMSpec
from app.ufm.train_many import run_many
from tests.benchmarks.ratios import ratios

# Exponential profile of imbalance 10: 2,040 samples.
PROFILE = tuple(int(500 * 0.1 ** (k / 9)) for k in range(10))


class UsualLoop:
    """W and one feature a row trained by torch's SGD on autograd gradients."""

    def __init__(self, W, H, labels, weights, decay):
        self.W = torch.tensor(W, dtype=torch.float32, requires_grad=True)
        self.H = torch.tensor(H, dtype=torch.float32, requires_grad=True)
        self.labels, self.decay = torch.tensor(labels), decay
        self.weights = torch.tensor(weights, dtype=torch.float32)
        self.copies = torch.tensor(weights / weights.min(), dtype=torch.float32)[:, None]
        self.optimizer = torch.optim.SGD([self.W, self.H], lr=0.1, momentum=0.9)

    def loss(self):
        losses = torch.nn.functional.cross_entropy(self.H @ self.W.T, self.labels, reduction="none")
        return (self.weights * losses).sum() + self.decay / 2 * (
            (self.W**2).sum() + (self.copies * self.H**2).sum()
        )

    def step(self):
        self.optimizer.zero_grad()
        self.loss().backward()
        self.optimizer.step()


def usual_loop(spec):
    """On every sample, in float32."""
    problem = problem_of(spec, per_sample=True)
    W, U, _ = initial_parameters(spec, problem)
    return UsualLoop(W, U, problem.labels, problem.weights, spec.weight_decay)


def usual_steps(spec, least):
    """Steps after which the usual loop is within 1e-6 of the least objective, in hundreds."""
    problem = problem_of(spec, per_sample=True)
    engine = CompiledEngine(problem, "float64")
    state = engine.start(pack(initial_parameters(spec, problem), "float64"), DESCENT)
    recipe, steps = Recipe(DESCENT, 0.1, 0.9, False), 0
    while engine.evaluate(state)[0] > least * (1 + 1e-6):
        steps += engine.advance(state, recipe, 100, 1e30)
    return steps


class ReachedError(Exception):
    """The objective is close enough."""


def scipy_solve(problem, least):
    """SciPy's L-BFGS on NumPy gradients in U, stopped as soon as it is within 1e-6."""
    K, d = problem.num_classes, problem.dim
    cut, unit = K * d, problem.weight_decay
    rng = np.random.default_rng(0)

    def value_and_slope(x):
        W, U = x[:cut].reshape(K, d), x[cut:].reshape(K, d)
        value, slope_W, slope_U, _ = value_and_gradient(problem, W, U, np.zeros(K))
        if value <= least * (1 + 1e-6):
            raise ReachedError
        return value / unit, np.concatenate([slope_W.ravel(), slope_U.ravel()]) / unit

    try:
        minimize(
            value_and_slope,
            rng.standard_normal(2 * cut) / np.sqrt(d),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 3000, "maxfun": 3000, "ftol": 1e-15},
        )
    except ReachedError:
        return True
    return False


def sweep(dim, **fields):
    """20 imbalances times 20 decays, minority collapse included."""
    return [
        UFMSpec(
            counts=(round(5 * ratio),) * 5 + (5,) * 5,
            dim=dim,
            weight_decay=decay,
            feature_decay=decay,
            **fields,
        )
        for ratio in np.geomspace(1, 1000, 20)
        for decay in np.geomspace(10**-4.5, 1e-2, 20)
    ]


def test_the_usual_loop_takes_the_steps_that_are_counted():
    """So does SciPy end where the solver does; runs in every test run."""
    spec = UFMSpec(counts=(30, 10, 5), dim=4, learning_rate=0.1)
    problem = problem_of(spec, per_sample=True)
    engine = CompiledEngine(problem, "float64")
    state = engine.start(pack(initial_parameters(spec, problem), "float64"), DESCENT)
    assert engine.advance(state, Recipe(DESCENT, 0.1, 0.9, False), 200, 1e30) == 200
    loop = usual_loop(spec)
    for _ in range(200):
        loop.step()
    assert loop.loss().item() == pytest.approx(engine.evaluate(state)[0], rel=1e-4)
    np.testing.assert_allclose(loop.W.detach().numpy().ravel(), state.x[:12], atol=1e-4)
    means = problem_of(spec)
    assert scipy_solve(means, solve_batch([means]).objective[0])


@pytest.mark.slow
def test_time_to_the_optimum():
    spec = UFMSpec(counts=PROFILE, dim=64)
    problem, loop = problem_of(spec), usual_loop(spec)
    found = solve_batch([problem])
    least, gap = float(found.objective[0]), float(found.objective[0] - found.lower_bound[0])
    assert gap <= 1e-6 * least
    steps = usual_steps(spec, least)
    seconds, against = ratios(
        lambda: solve_batch([problem]),
        {"step": loop.step, "scipy": lambda: scipy_solve(problem, least)},
        rounds=31,
    )
    usual = steps * against["step"]
    print(
        f"\noptimum of K = 10, d = 64, N = {sum(PROFILE):,} with certificate: "
        f"{1e3 * seconds:.2f} ms; {usual:,.0f}x the usual loop ({steps:,} steps of "
        f"{1e3 * seconds * against['step']:.2f} ms), {against['scipy']:.1f}x SciPy"
    )
    assert usual >= 10_000


@pytest.mark.slow
@pytest.mark.parametrize("dim", [10, 64])
def test_converged_sweep(dim):
    problems = [problem_of(spec) for spec in sweep(dim)]
    found = solve_batch(problems)
    assert (found.objective - found.lower_bound <= 1e-6 * found.objective).all()
    some = range(0, 400, 7)
    least = found.objective

    def by_scipy():
        return [scipy_solve(problems[i], least[i]) for i in some]

    assert all(by_scipy())
    seconds, against = ratios(lambda: solve_batch(problems), {"scipy": by_scipy})
    loop = against["scipy"] * 400 / len(some)
    print(
        f"\n20 x 20 sweep, K = 10, d = {dim}, certified to 1e-6: {1e3 * seconds:.0f} ms; "
        f"{loop:.0f}x a loop of SciPy L-BFGS"
    )
    assert loop >= 15


@pytest.mark.slow
def test_fixed_steps_of_a_sweep():
    """Both in float32. The grid uses all cores, so busy ones make it look worse."""
    steps, loop_steps = 500, 60  # Of similar length, so that both are interrupted alike.
    specs = sweep(64, optimizer="momentum", learning_rate=0.1, steps=steps, dtype="float32")
    few = specs[::20]
    loops = []
    for spec in few:
        problem = problem_of(spec)
        W, U, _ = initial_parameters(spec, problem)
        H = U / np.sqrt(problem.copies)[:, None]
        loops.append(UsualLoop(W, H, problem.labels, problem.weights, spec.weight_decay))

    def by_autograd():
        for loop in loops:
            for _ in range(loop_steps):
                loop.step()

    seconds, against = ratios(lambda: run_many(specs), {"autograd": by_autograd})
    loop = against["autograd"] * steps / loop_steps * len(specs) / len(few)
    print(
        f"\n{steps} steps of 400 models, K = 10, d = 64: {1e3 * seconds / steps:.2f} ms a step of "
        f"all; {loop:.0f}x a loop of autograd on class means"
    )
    assert loop >= 80


@pytest.mark.slow
def test_certificates_of_a_trajectory():
    problem = problem_of(UFMSpec(counts=PROFILE, dim=64))
    W, U = np.random.default_rng(0).standard_normal((2, 120, 10, 64))
    b = np.zeros((120, 10))
    seconds, against = ratios(
        lambda: certificates(problem, W, U, b),
        {
            "svd": lambda: np.linalg.svd(W @ U.transpose(0, 2, 1)),
            "solve": lambda: solve_batch([problem]),
        },
    )
    print(
        f"\ncertificates of 120 snapshots, K = 10: {1e3 * seconds:.1f} ms, "
        f"{1 / against['svd']:.1f} singular value decompositions of each"
    )
    assert 1 / against["svd"] < 10
