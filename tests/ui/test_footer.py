import os

import pytest

from app.device import cores, override
from app.ui import footer


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.delenv("COLLAPSE_LAB_DEVICE", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for known in (cores, override, footer.device):
        known.cache_clear()
    yield
    for known in (cores, override, footer.device):
        known.cache_clear()


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Put an nvidia-smi on the path that prints what it is given."""

    def install(prints, status=0):
        command = tmp_path / "nvidia-smi"
        command.write_text(f"#!/bin/sh\nprintf '{prints}' \"$1\"\nexit {status}\n")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return install


@pytest.fixture
def torch_version(monkeypatch):
    return lambda name: monkeypatch.setattr(footer, "version", lambda package: name)


@pytest.mark.parametrize(("cores", "words"), [(1, "CPU, 1 core"), (12, "CPU, 12 cores")])
def test_cores_are_those_this_process_may_use(monkeypatch, cores, words):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert footer.cpu_name() == words


def test_cores_are_counted_where_affinity_is_unknown(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert footer.cpu_name() == "CPU, 3 cores"


def test_a_gpu_is_named_by_its_driver(driver, torch_version):
    torch_version("2.13.0")
    driver("NVIDIA H200\\n")
    assert footer.cuda_name() == "NVIDIA H200"


@pytest.mark.parametrize(
    ("visible", "number", "asked"),
    [(None, 1, "--id=1"), ("3,1", 1, "--id=1"), ("GPU-5a", 0, "--id=GPU-5a"), ("2", 1, None)],
)
def test_a_gpu_is_counted_as_torch_counts(
    driver, torch_version, monkeypatch, visible, number, asked
):
    torch_version("2.13.0")
    driver("%s\\n")
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert footer.cuda_name(number) == asked


@pytest.mark.parametrize(
    ("prints", "status", "torch"),
    [
        ("NVIDIA H200\\n", 0, "2.13.0+cpu"),
        ("No devices were found\\n", 6, "2.13.0"),
        ("\\n", 0, "2.13.0"),
    ],
    ids=["torch without CUDA", "driver without devices", "driver says nothing"],
)
def test_a_gpu_that_torch_cannot_use_is_not_named(driver, torch_version, prints, status, torch):
    torch_version(torch)
    driver(prints, status)
    assert footer.cuda_name() is None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_gpu_hidden_from_this_process_is_not_named(driver, torch_version, monkeypatch, hidden):
    torch_version("2.13.0")
    driver("NVIDIA H200\\n")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert footer.device() == footer.cpu_name()


def test_without_a_driver_the_cpu_is_named(monkeypatch):
    monkeypatch.setattr(footer.shutil, "which", lambda name: None)
    assert footer.device() == footer.cpu_name()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("cpu", "CPU, 5 cores, as COLLAPSE_LAB_DEVICE=cpu asks"),
        ("cuda:1", "NVIDIA H200, as COLLAPSE_LAB_DEVICE=cuda:1 asks"),
    ],
)
def test_a_device_that_was_asked_for_is_named_as_such(
    driver, torch_version, monkeypatch, told, words
):
    torch_version("2.13.0")
    driver("NVIDIA H200\\n")
    monkeypatch.setattr(footer, "cores", lambda: 5)
    monkeypatch.setenv("COLLAPSE_LAB_DEVICE", told)
    assert footer.device() == words


def test_a_gpu_that_was_asked_for_and_is_not_there_is_not_made_up(monkeypatch):
    monkeypatch.setattr(footer.shutil, "which", lambda name: None)
    monkeypatch.setenv("COLLAPSE_LAB_DEVICE", "cuda")
    assert footer.device() == "no GPU, as COLLAPSE_LAB_DEVICE=cuda asks"
