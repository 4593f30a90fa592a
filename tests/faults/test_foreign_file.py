"""A file among the runs is damaged, or is none of ours."""

import os
import signal
import subprocess
import sys

import pytest

from app.errors import UserError
from app.runs import Runner, RunStore
from app.runs.store import SET_ASIDE
from tests.faults.server import ROOT, Server
from tests.faults.training import link, train, whole
from tests.faults.visitor import Visitor
from tests.runs.toy import Toy, halve, toy_run


def test_on_the_pages(tmp_path):
    """A sentence a file; the other runs are listed, and the next request works."""
    with Server(tmp_path) as server:
        visitor = Visitor(server.url)
        train(visitor, seed=1)
        (path,) = server.runs.iterdir()
        path.write_bytes(path.read_bytes()[:-100])
        _put_strangers(server.runs)
        visitor = Visitor(server.url)
        visitor.open("collapse", link(1))
        (alert,) = visitor.alerts
        assert alert.endswith("was cut short; it was moved to the folder set-aside.")
        visitor.rerun()
        assert "Run" in visitor.widgets
        visitor.open("compare", "kind=UFMSpec")
        (told,) = [text for kind, text in visitor.texts if "- 'picture" in text]
        assert [line.split("'")[1] for line in told.splitlines()] == STRANGERS
        assert not visitor.alerts
        train(visitor, seed=1)
        assert not visitor.alerts
        assert RunStore(server.runs).load(path.stem).spec.seed == 1
        assert "Traceback" not in server.logged()


STRANGERS = [f"{name}.safetensors" for name in ("empty", "folder", "picture", "pipe")]


def _put_strangers(folder):
    """Files that are no files, of a kind that is read, or of nobody."""
    (folder / "picture.safetensors").write_bytes(b"GIF89a")
    (folder / "empty.safetensors").touch()
    (folder / "folder.safetensors").mkdir()
    (folder / "loop.safetensors").symlink_to("loop.safetensors")  # as good as not there
    os.mkfifo(folder / "pipe.safetensors")


@pytest.mark.parametrize("stranger", ["damaged", "another"])
def test_in_the_way_of_a_result(tmp_path, stranger):
    """What is no run makes way; of another run's file the sentence tells, and both are kept."""
    store = RunStore(tmp_path)
    other = store.save(toy_run(Toy(seed=1)))
    path = other.with_name(f"{Toy(seed=2).id}.safetensors")
    if stranger == "damaged":
        path.write_bytes(b"GIF89a")
    else:
        other.rename(path)
    before = path.read_bytes()
    with Runner(store, workers=1) as runner:
        job = runner.submit(Toy(seed=2), halve)
        assert job.wait(20) == "done"
    if stranger == "damaged":
        assert job.problem is None
        assert store.load(Toy(seed=2).id).metrics == job.run.metrics
        assert [kept.read_bytes() for kept in (tmp_path / SET_ASIDE).iterdir()] == [before]
    else:
        assert job.problem == (
            f"{path.name!r} holds the run {Toy(seed=1).id}: rename it {other.name}."
        )
        assert job.run.metrics["loss"] == toy_run().metrics["loss"]
        assert path.read_bytes() == before


# A mapping of a file that is cut after it was opened ends the process with SIGBUS; no exception
# tells of it. So this is tried in a process of its own.
READER = """
import os, sys
from pathlib import Path
from app.runs.file import DamagedFileError, _opened
path = Path(sys.argv[1])
try:
    with _opened(path) as file:
        os.truncate(path, 8192)
        file.get_tensor("classifier")
except DamagedFileError as error:
    print(error)
"""


def test_cut_while_it_is_read(tmp_path):
    """One sentence; the process that read it goes on."""
    path = RunStore(tmp_path).save(toy_run(Toy(size=20_000)))
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != -signal.SIGBUS
    assert done.stdout == f"{path.name!r} is no run, or was cut short.\n"
    with pytest.raises(UserError, match=SET_ASIDE):
        RunStore(tmp_path).load(path.stem)
    assert not whole(tmp_path)
