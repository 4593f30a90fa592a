"""Memory that runs out: smaller batches, the same results, one sentence where nothing helps."""

import numpy as np
import pytest
import torch

from app.device import memory
from app.device.memory import Portion, fitting, in_batches
from app.errors import UserError
from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.probe.group import Group
from app.ufm import UFMSpec
from app.ufm.run import run
from app.ufm.solve import solve_many
from app.ufm.torch_engine import TorchEngine
from app.ufm.torch_stack import TensorStack
from app.ufm.train_many import run_many
from tests.gpu.tolerances import HEADS, OBJECTIVE, STEPS
from tests.probe.sets import clouds

CPU = torch.device("cpu")


@pytest.fixture
def room(monkeypatch):
    """Let a method run out of memory where what it is given is larger than some number."""

    def limit(owner, name, size_of, most):
        whole, refused = getattr(owner, name), []

        def limited(self, *args, **options):
            if size_of(self, *args) > most:
                refused.append(size_of(self, *args))
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return whole(self, *args, **options)

        monkeypatch.setattr(owner, name, limited)
        return refused

    return limit


def test_batches_are_halved_until_they_fit():
    def compute(part):
        if part.stop - part.start > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return range(part.start, part.stop)

    found = in_batches(compute, 20, 1, CPU)
    assert [i for part in found for i in part] == list(range(20))
    assert max(map(len, found)) == 2  # 20, 10, 5, 2


def test_what_fits_nowhere_is_said_in_one_sentence():
    tried = []

    def compute(part):
        tried.append(part.stop - part.start)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(UserError, match=r"device must be 'cpu' for what .* cannot hold, got 'cpu'"):
        in_batches(compute, 1000, 1, CPU)
    assert tried == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]


def test_nothing_of_a_failure_is_held_while_memory_is_given_back(monkeypatch):
    """Tensors of the frames that failed would otherwise still be there."""
    import sys

    held = []
    monkeypatch.setattr(memory, "release", lambda device: held.append(sys.exc_info()[1]))
    sizes = iter([True, False])

    def compute():
        if next(sizes):
            raise torch.OutOfMemoryError("CUDA out of memory.")

    Portion(4, CPU).fitted(compute)
    assert held == [None]


def test_the_first_batch_is_what_half_of_the_free_memory_holds(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (700, 10_000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 500)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 200)
    cuda = torch.device("cuda")
    assert fitting(1000, 10, cuda) == 50
    assert fitting(20, 10, cuda) == 20
    assert fitting(1000, 10**6, cuda) == 1


def specs(**fields):
    return [
        UFMSpec(counts=(n, 5, 2), dim=4, weight_decay=1e-3, feature_decay=1e-3, **fields)
        for n in (10, 20, 30, 40, 50)
    ]


def problems(stack, x):
    return len(x)


@pytest.mark.parametrize("compute", [solve_many, run_many])
def test_models_that_do_not_fit_together_are_computed_apart(tensors, room, compute):
    some = specs(steps=50, learning_rate=0.5)
    together = compute(some)
    refused = room(TensorStack, "value_and_gradient", problems, 2)
    for a, b in zip(compute(some), together, strict=True):
        assert a.metrics["objective"] == pytest.approx(b.metrics["objective"], rel=OBJECTIVE)
    assert refused


def test_a_run_takes_its_rows_in_pieces(tensors, room):
    spec = specs(per_sample=True, steps=60, bias=True)[0]
    whole = list(run(spec))
    refused = room(TorchEngine, "_row_losses", lambda engine, z, own: len(z), 5)
    pieces = list(run(spec))
    assert refused[:2] == [17, 8]
    assert [one.step for one in pieces] == [one.step for one in whole]
    np.testing.assert_allclose(
        pieces[-1].arrays["features"], whole[-1].arrays["features"], atol=STEPS["float64"]
    )


def test_a_run_that_cannot_hold_one_row_ends_in_a_sentence(tensors, room):
    room(TorchEngine, "_row_losses", lambda engine, z, own: len(z), 0)
    with pytest.raises(UserError, match="device must be 'cpu'"):
        list(run(specs(per_sample=True)[0]))


def test_heads_take_a_mini_batch_in_pieces(tensors, room, monkeypatch):
    monkeypatch.setattr("app.device.streams.Lane.replays", True)
    methods = ("ce", "cosine", "lws", "disalign", "crt", "ltwb", "ldam-drw")
    spec = ProbeSpec(
        data="clouds", methods=methods, epochs=2, batch_size=16, dtype="float64", selection="last"
    )
    data = clouds([60, 21, 8, 4], dim=5)
    *_, whole = run_probe(spec, data)
    refused = room(Group, "add", lambda group, batch, labels, *_: len(labels), 5)
    *_, pieces = run_probe(spec, data)
    assert refused[:2] == [16, 8]
    for name in ("classifier", "gain", "gate"):
        np.testing.assert_allclose(
            pieces.arrays[name], whole.arrays[name], atol=HEADS["float64"], err_msg=name
        )
