"""One device for everything: what is there, what the settings wish, what the variable says."""

import os

import pytest

from app import device
from app.device import VARIABLE, device_for, override
from app.errors import UserError
from app.ufm import UFMSpec
from app.ufm.device import device_of
from app.ufm.solve import solve
from app.ufm.train_many import run_many


@pytest.fixture
def machine(monkeypatch):
    """Pretend a number of GPUs and a value of the variable."""

    def pretend(count, told=None):
        monkeypatch.setattr(device, "cuda_count", lambda: count)
        override.cache_clear()
        if told is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            monkeypatch.setenv(VARIABLE, told)

    yield pretend
    override.cache_clear()


@pytest.mark.parametrize(
    ("count", "told", "wish", "pays", "found"),
    [
        (0, None, "auto", True, "cpu"),
        (1, None, "auto", True, "cuda"),
        (1, None, "auto", False, "cpu"),
        (1, None, "cuda", False, "cuda"),
        (1, None, "cpu", True, "cpu"),
        (1, "", "auto", True, "cuda"),
        (1, "cpu", "auto", True, "cpu"),
        (2, "cuda:1", "auto", False, "cuda:1"),
        (2, "cuda:1", "cuda", False, "cuda:1"),
        (2, "cuda:1", "cpu", True, "cpu"),
        (0, "cuda", "cpu", True, "cpu"),
    ],
)
def test_the_wish_and_the_variable_decide(machine, count, told, wish, pays, found):
    machine(count, told)
    assert device_for(wish, pays=pays) == found


@pytest.mark.parametrize(
    ("count", "told", "wish", "words"),
    [
        (0, None, "cuda", "device must be 'auto' or 'cpu' on a machine without CUDA, got 'cuda'"),
        (1, "cpu", "cuda", "device must be 'auto' or 'cpu' where COLLAPSE_LAB_DEVICE is 'cpu'"),
        (0, "cuda", "auto", "COLLAPSE_LAB_DEVICE must be 'cpu' on this machine, got 'cuda'"),
        (2, "cuda:2", "auto", "must be 'cpu' or 'cuda:0' to 'cuda:1' on this machine, got 'cuda:2"),
        (1, "gpu", "auto", "COLLAPSE_LAB_DEVICE must be 'cpu', 'cuda' or 'cuda:N', got 'gpu'"),
        (1, "cuda:1; rm", "auto", "must be 'cpu', 'cuda' or 'cuda:N', got"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(machine, count, told, wish, words):
    machine(count, told)
    with pytest.raises(UserError, match=words):
        device_for(wish)


def test_the_variable_is_read_once(machine):
    machine(0, "cpu")
    assert override() == "cpu"
    os.environ[VARIABLE] = "cuda"
    assert override() == "cpu"


def test_training_has_a_device_only_where_a_gpu_pays(machine):
    machine(1)
    assert device_of(UFMSpec()) == "cpu"
    assert device_of(UFMSpec(counts=(9, 5), per_sample=True)) == "cuda"
    assert device_of(UFMSpec(optimizer="lbfgs", device="cuda")) == "cpu"


def test_everything_asks_the_same(machine):
    machine(0, "cuda")
    for compute in (device_of, solve, lambda spec: run_many([spec])):
        with pytest.raises(UserError, match="COLLAPSE_LAB_DEVICE must be 'cpu' on this machine"):
            compute(UFMSpec(steps=1))


def test_methods_without_a_program_for_many_stay_on_the_cpu_unless_a_gpu_is_named(machine):
    machine(1, "cuda")
    spec = UFMSpec(counts=(9, 5), optimizer="adam", steps=2)
    assert run_many([spec])[0].provenance["device"] == "cpu"
    with pytest.raises(UserError, match="optimizer must be one of gd, momentum"):
        run_many([UFMSpec(optimizer="adam", device="cuda")])
