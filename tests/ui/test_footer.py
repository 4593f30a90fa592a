import os

import pytest

from app.ui import footer


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Put an nvidia-smi on the path that prints what it is given."""

    def install(prints, status=0):
        command = tmp_path / "nvidia-smi"
        command.write_text(f"#!/bin/sh\nprintf '{prints}'\nexit {status}\n")
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


def test_the_first_gpu_is_named_by_its_driver(driver, torch_version):
    torch_version("2.13.0")
    driver("NVIDIA H200\\nNVIDIA H100\\n")
    assert footer.cuda_name() == "NVIDIA H200"


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


def test_without_a_driver_the_cpu_is_named(monkeypatch):
    monkeypatch.setattr(footer.shutil, "which", lambda name: None)
    assert footer.device.__wrapped__() == footer.cpu_name()
