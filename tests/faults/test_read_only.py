"""The folders of runs, or the whole disk, can only be read."""

import pytest

from tests.faults import disks
from tests.faults.server import ROOT, Server
from tests.faults.training import assert_works, train
from tests.faults.visitor import Visitor


def test_cached_runs(tmp_path):
    """What ships with the app opens, a new run is shown with one sentence that it is not kept."""
    before = disks.seeing(disks.read_only(ROOT / "cached_runs"))
    with Server(tmp_path, before=before, environment={"COLLAPSE_LAB_RUNS": ""}) as server:
        visitor = Visitor(server.url)
        train(visitor, seed=424242)
        (alert,) = visitor.alerts
        assert alert.startswith("the run cannot be stored as")
        assert alert.endswith("(Read-only file system).")
        assert visitor.says("Run (.safetensors)", "download_button")
        visitor.open("compare", "kind=UFMSpec")
        assert not visitor.alerts
        assert "Traceback" not in server.logged()
    assert not list((ROOT / "cached_runs").rglob("*.partial"))


@pytest.mark.slow
def test_everything_but_one_folder(tmp_path):
    """As in a container with a read-only root: every page opens, runs are kept in the folder."""
    (runs := tmp_path / "runs").mkdir()
    before = disks.seeing(
        disks.full(runs, "64m"), disks.read_only(ROOT), "mount -o remount,bind,ro /"
    )
    # Neither a home, and temporary files only in that folder.
    environment = {"HOME": "/nonexistent", "TMPDIR": str(runs)}
    with Server(tmp_path, before=before, environment=environment) as server:
        visitor = Visitor(server.url)
        for page in sorted((ROOT / "pages").glob("*.py")):
            visitor.open("" if page.stem == "start" else page.stem, timeout=120)
            assert not visitor.says("Sorry")
        assert_works(visitor, disks.inside(server.process.pid, runs), seed=5)
        assert "Traceback" not in server.logged()
