import math

import numpy as np
import pytest

from app.runs import Run
from app.runs.compare import largest_difference
from tests.runs.toy import Toy, toy_run


def run(metrics=None, **arrays):
    return Run(Toy(), arrays, metrics or {})


def test_equal_runs_differ_in_nothing():
    assert largest_difference(toy_run(), toy_run()) == ("nothing", 0.0)
    undefined = run({"a": math.nan}, x=np.array([math.nan, 1.0]))
    assert largest_difference(undefined, undefined) == ("nothing", 0.0)


def test_arrays_differ_relative_to_their_norm():
    x = np.array([[3e-6, 4e-6]])
    name, difference = largest_difference(run(x=x, y=np.ones(2)), run(x=1.01 * x, y=np.ones(2)))
    assert name == "x"
    assert difference == pytest.approx(0.01 / 1.01)


def test_metrics_that_should_be_zero_may_be_rounding():
    name, difference = largest_difference(run({"gap": 1e-17, "f": 9.0}), run({"gap": 0, "f": 9.1}))
    assert name == "f"
    assert difference == pytest.approx(0.1 / 10.1)


def test_trajectories_are_not_compared():
    assert largest_difference(run(**{"path/x": np.ones(3)}), run()) == ("nothing", 0.0)


@pytest.mark.parametrize(
    "other",
    [
        run(),
        run({"a": 1.0}, x=np.ones(2)),
        run(x=np.ones(3)),
        run(x=np.array([1.0, math.nan])),
        run(x=np.zeros(2)),
    ],
)
def test_what_cannot_be_compared_differs_by_infinity(other):
    assert largest_difference(run(x=np.ones(2)), other)[1] == math.inf
