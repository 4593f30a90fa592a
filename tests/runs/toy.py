"""A computation small enough to know everything about."""

import numpy as np
from pydantic import Field

from app.errors import UserError
from app.runs import Snapshot, collect
from app.spec import Spec


class Toy(Spec):
    """Halve a matrix of ones in every step."""

    steps: int = Field(5, ge=1, le=10_000_000)
    size: int = 3
    seed: int = 0


def snapshot(step, size=3):
    matrix = np.full((2, size), 0.5**step)
    return Snapshot(step, {"classifier": matrix}, {"loss": float(matrix.sum())})


def halve(spec):
    for step in range(spec.steps + 1):
        yield snapshot(step, spec.size)


def diverge(spec):
    yield snapshot(0)
    yield snapshot(1)
    raise UserError("learning_rate must be smaller: step 2 is not finite, got 3.")


def break_down(spec):
    yield snapshot(0)
    raise ZeroDivisionError("secret detail")


def toy_run(spec=None, **origin):
    spec = spec or Toy()
    return collect(spec, halve(spec), origin)
