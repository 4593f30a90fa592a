"""The same settings give the same bits on one device."""

import pytest

from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.ufm import UFMSpec
from app.ufm.run import run
from app.ufm.solve import solve_many
from app.ufm.train_many import run_many
from tests.probe.sets import clouds

SPECS = [UFMSpec(counts=(n, 9, 2), dim=5, steps=50, relu=True) for n in (10, 200)]


def trained():
    spec = UFMSpec(counts=(40, 10, 4), dim=6, steps=100, per_sample=True, optimizer="adam")
    return list(run(spec))[-1]


def retrained():
    spec = ProbeSpec(data="clouds", methods=("ce", "cosine"), epochs=2, selection="last")
    return list(run_probe(spec, clouds([60, 21, 8], dim=5)))[-1]


@pytest.mark.parametrize(
    "compute",
    [trained, retrained, lambda: solve_many(SPECS)[1], lambda: run_many(SPECS)[1]],
    ids=["run", "probe", "solve", "many"],
)
def test_once_more_is_the_same(tensors, compute):
    once, again = compute(), compute()
    for name, values in once.arrays.items():
        assert values.tobytes() == again.arrays[name].tobytes(), name
