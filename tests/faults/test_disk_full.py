"""The disk is full."""

import subprocess
import sys

import pytest

from app.runs.file import run_bytes
from app.ufm import UFMSpec, solve
from tests.faults import disks
from tests.faults.server import ROOT, Server
from tests.faults.training import IMPORT, assert_works, train, whole
from tests.faults.visitor import Visitor


def test_under_the_runs(tmp_path):
    """One sentence says that the run was not stored, the page keeps it; with room it is stored."""
    (runs := tmp_path / "runs").mkdir()
    with Server(tmp_path, before=disks.seeing(disks.full(runs, "256k"))) as server:
        folder = disks.inside(server.process.pid, runs)
        filler = folder / "filler"
        visitor = Visitor(server.url)
        visitor.open("collapse")
        filler.write_bytes(bytes(248 * 1024))
        train(visitor, seed=1)
        (alert,) = visitor.alerts
        assert alert.startswith("the run cannot be stored as")
        assert alert.endswith("(No space left on device).")
        assert visitor.says("Run (.safetensors)", "download_button")
        assert [path.name for path in folder.iterdir()] == ["filler"]
        filler.unlink()
        assert_works(visitor, folder, seed=1)
        assert "Traceback" not in server.logged()


@pytest.mark.slow
def test_under_the_temporary_files(tmp_path):
    """A run that was sent is refused in a sentence; with room it is taken."""
    (temporary := tmp_path / "temporary").mkdir()
    before = disks.seeing(disks.full(temporary, "64k"))
    content = run_bytes(solve(UFMSpec(counts=(40, 30, 20, 10) * 10, dim=60)))
    assert len(content) > 32 * 1024
    with Server(tmp_path, before=before, environment={"TMPDIR": str(temporary)}) as server:
        filler = disks.inside(server.process.pid, temporary) / "filler"
        visitor = Visitor(server.url)
        visitor.open("compare")
        filler.write_bytes(bytes(52 * 1024))
        visitor.upload(IMPORT, "run.safetensors", content)
        assert visitor.says("No space left on device", "alert")
        assert not whole(server.runs)
        filler.unlink()
        visitor.open("compare")
        visitor.upload(IMPORT, "run.safetensors", content)
        visitor.watch(lambda: visitor.says("Stored", "alert"))
        assert len(whole(server.runs)) == 1
        assert "Traceback" not in server.logged()


# The system refuses the rest of a write, as a full disk does, wherever tests may run.
WRITER = """
import resource, sys
from app.errors import UserError
from app.runs import RunStore
from tests.runs.toy import Toy, toy_run
store = RunStore(sys.argv[1])
store.save(toy_run(Toy(seed=1)))
for size in (0, 1, 100, 1000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    for seed in (1, 2):
        try:
            store.save(toy_run(Toy(seed=seed)))
        except UserError as error:
            print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
store.save(toy_run(Toy(seed=3)))
"""


def test_in_the_middle_of_a_write(tmp_path):
    """Each refusal is one sentence; what was stored stays, nothing is left of what was not."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    sentences = done.stdout.splitlines()
    assert len(sentences) == 8
    assert all("cannot be stored" in line and "(File too large)" in line for line in sentences)
    assert set(whole(tmp_path)) == {1, 3}
    assert len(list(tmp_path.iterdir())) == 2
