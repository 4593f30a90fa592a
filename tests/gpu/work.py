"""What is timed on both devices: sizes of the app, and larger ones that fill a GPU."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from app.device import Wish, device_for
from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.probe.methods import METHODS
from app.ufm import UFMSpec
from app.ufm.device import engine_on
from app.ufm.dynamics import pack
from app.ufm.initial import initial_parameters
from app.ufm.problem import problem_of
from app.ufm.recipe import DESCENT, Recipe
from app.ufm.run import run
from app.ufm.solve import solve, solve_many
from app.ufm.train_many import run_many
from tests.benchmarks.test_probe_speed import synthetic

NO_CEILING = 1e300


@dataclass(frozen=True)
class Work:
    """Something to time.

    Attributes
    ----------
    name : str
    unit : str
        What is counted: "points/s", or "ms" for the latency of the whole.
    count : float
        Of that, at each call; 1 for a latency.
    prepared : callable
        Gives, for a device, what to time.
    moved, multiplied : float
        Bytes that must be read and written at least, and floating-point operations of the matrix
        products, at each call; 0 where the ratio to the card's limits says nothing.
    dtype : str
        Of the products.
    """

    name: str
    unit: str
    count: float
    prepared: Callable[[Wish], Callable[[], object]]
    moved: float = 0.0
    multiplied: float = 0.0
    dtype: str = "float64"


def works() -> Iterator[Work]:
    """Yield everything that is timed."""
    for size in (20, 100):
        yield _sweep(size)
    for count, dtype in itertools.product((400, 10_000), ("float64", "float32")):
        yield _training_many(count, dtype)
    for samples, dtype in itertools.product((2_000, 50_000), ("float64", "float32")):
        yield _steps(samples, dtype)
    yield _single_solve()
    yield _single_run()
    yield _comparison()


def _sweep(size: int) -> Work:
    specs = _grid(size, dim=12)
    return Work(
        f"optima of a {size} x {size} sweep, certified",
        "points/s",
        size**2,
        lambda device: lambda: solve_many(_on(device, specs)),
    )


def _training_many(count: int, dtype: str) -> Work:
    steps, K, dim = 300, 10, 64
    size = round(count**0.5)
    fields = {"dim": dim, "optimizer": "momentum", "learning_rate": 0.1, "steps": steps}
    specs = _grid(size, dtype=dtype, **fields)
    numbers = 2 * K * dim + K
    return Work(
        f"{steps} steps of {count:,} models, {dtype}",
        "model steps/s",
        steps * count,
        lambda device: lambda: run_many(_on(device, specs)),
        # Point and velocity are read and written.
        moved=4.0 * numbers * np.dtype(dtype).itemsize * steps * count,
        multiplied=6.0 * K * K * dim * steps * count,
        dtype=dtype,
    )


def _steps(samples: int, dtype: str) -> Work:
    steps, K, dim = 300, 10, 64
    spec = UFMSpec(counts=(samples // K,) * K, dim=dim, per_sample=True, dtype=dtype)
    problem = problem_of(spec, per_sample=True)
    recipe = Recipe(DESCENT, 0.1, 0.9, False)

    def prepared(device: Wish) -> Callable[[], object]:
        engine = engine_on(device_for(device), problem, dtype)
        state = engine.start(pack(initial_parameters(spec, problem), dtype), recipe.method)
        return lambda: engine.advance(state, recipe, steps, NO_CEILING)

    numbers = (samples + K) * dim + K
    return Work(
        f"a step on {samples:,} samples, {dtype}",
        "steps/s",
        steps,
        prepared,
        moved=4.0 * numbers * np.dtype(dtype).itemsize * steps,
        multiplied=6.0 * samples * K * dim * steps,
        dtype=dtype,
    )


def _single_solve() -> Work:
    specs = _grid(1, dim=12)
    return Work("one optimum", "ms", 1, lambda device: lambda: solve(_on(device, specs)[0]))


def _single_run() -> Work:
    spec = UFMSpec(counts=(364,) * 5 + (36,) * 5, dim=64, per_sample=True, steps=2_000)
    return Work(
        "one run on 2,000 samples, 2,000 steps, with its snapshots",
        "ms",
        1,
        lambda device: lambda: list(run(_on(device, [spec])[0])),
    )


def _comparison() -> Work:
    names = tuple(name for name, method in METHODS.items() if method.trained)
    data = synthetic(500, 100, 128)
    spec = ProbeSpec(data="synthetic", methods=names, epochs=2, selection="last")
    return Work(
        f"{len(names)} methods of re-training, K = 100, d = 128, 2 epochs",
        "ms",
        1,
        lambda device: lambda: list(run_probe(spec.model_copy(update={"device": device}), data)),
    )


def _grid(size: int, **fields: object) -> list[UFMSpec]:
    """K = 10 over imbalance 1 to 1000 and decay 10^-4.5 to 10^-2, minority collapse included."""
    return [
        UFMSpec.model_validate(
            {
                "counts": (round(5 * ratio),) * 5 + (5,) * 5,
                "weight_decay": decay,
                "feature_decay": decay,
                **fields,
            }
        )
        for ratio in np.geomspace(1, 1000, size)
        for decay in np.geomspace(10**-4.5, 1e-2, size)
    ]


def _on(device: Wish, specs: list[UFMSpec]) -> list[UFMSpec]:
    return [spec.model_copy(update={"device": device}) for spec in specs]
