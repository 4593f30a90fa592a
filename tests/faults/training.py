"""What visitors do in these tests: train small models, see them stored, and look at the store."""

from pathlib import Path

import numpy as np

from app.runs import Run, RunStore
from app.spec import KINDS
from app.ui.compare.kinds import KINDS as KINDS_OF_PAGES
from tests.faults.visitor import Visitor
from tests.runs.toy import Toy

IMPORT = "A run's .safetensors file"


def link(seed: int, steps: int = 60) -> str:
    """Return the settings of a small model as /collapse takes them."""
    return f"classes=3&dim=4&steps={steps}&seed={seed}"


def train(visitor: Visitor, seed: int) -> None:
    """Open a small model, train it, and wait until the page has the result."""
    visitor.open("collapse", link(seed))
    visitor.click("Run again" if "Run again" in visitor.widgets else "Run")
    visitor.watch(lambda: visitor.idle and "Run again" in visitor.widgets)


def begin(visitor: Visitor, seed: int) -> None:
    """Start a training of minutes and wait until it is on its way."""
    visitor.open("collapse", f"classes=10&dim=20&per_sample=true&steps=1000000&seed={seed}")
    visitor.click("Run")
    visitor.watch(lambda: visitor.says("Training", "progress"))


def whole(folder: Path) -> dict[int, Run]:
    """Return the stored runs by seed, having read all of each; nothing else may be seen there."""
    assert {*KINDS_OF_PAGES, Toy.__name__} <= KINDS.keys()  # none of them is unknown here
    store = RunStore(folder)
    entries, problems = store.list()
    assert not problems, problems
    runs = {getattr(entry.spec, "seed", -1): store.load(entry.id) for entry in entries}
    for run in runs.values():
        assert all(np.asarray(array).size for array in run.arrays.values())
    return runs


def assert_works(visitor: Visitor, folder: Path, seed: int) -> None:
    """Train, see the result stored, and find it on another page."""
    train(visitor, seed)
    assert not visitor.alerts
    assert seed in whole(folder)
    visitor.open("compare", f"runs={whole(folder)[seed].spec.id}")
    assert visitor.says("Over training", "heading")
    assert not visitor.alerts
