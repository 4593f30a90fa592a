"""Two servers keep their runs in one folder."""

import json
import subprocess
import sys
from contextlib import ExitStack

from app.runs import RunStore
from tests.faults.server import ROOT, Server
from tests.faults.training import link, train, whole
from tests.faults.visitor import Visitor
from tests.runs.toy import Toy


def test_on_the_pages(tmp_path):
    """Both make the same run: one file. What one stores the other opens; what one deletes is
    told by the other in a sentence, and can be made again."""
    runs = tmp_path / "runs"
    with Server(tmp_path, runs) as one, Server(tmp_path, runs) as two:
        here, there = Visitor(one.url), Visitor(two.url)
        for visitor in (here, there):
            visitor.open("collapse", link(1))
        for visitor in (here, there):
            visitor.click("Run")
        for visitor in (here, there):
            visitor.watch(lambda v=visitor: v.idle and "Run again" in v.widgets)
            assert not visitor.alerts
        assert [path.suffix for path in runs.iterdir()] == [".safetensors"]
        train(here, seed=2)
        id = whole(runs)[2].spec.id
        there.open("compare", f"runs={id}")
        assert there.says("Over training", "heading")
        RunStore(runs).delete(id)
        there.rerun()
        assert there.alerts == [f"there is no run '{id}'."]
        train(there, seed=2)
        assert set(whole(runs)) == {1, 2}
        assert "Traceback" not in one.logged() + two.logged()


# Each does one thing as fast as it can, for a second, and prints how often and what it was told.
WORKERS = """
import json, sys, time
from collections import Counter
import numpy as np
from app.errors import UserError
from app.runs import Run, RunStore
from tests.runs.toy import Toy
store, what, told, count = RunStore(sys.argv[1]), sys.argv[2], Counter(), 0
spec = Toy(seed=0)
def write():
    store.save(Run(spec, {"a": np.full(50_000, float(count)), "b": np.full(9, 1.0)}, {}))
def read():
    run = store.load(spec.id)
    assert len(set(run.arrays["a"])) == 1 and run.arrays["b"].sum() == 9
def list_():
    entries, problems = store.list()
    assert not problems, problems
    assert [entry.id for entry in entries] in ([], [spec.id])
def delete():
    store.delete(spec.id)
act = {"write": write, "read": read, "list": list_, "delete": delete}[what]
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 1
while time.monotonic() < end:
    try:
        act()
        count += 1
    except UserError as error:
        told[str(error).replace(spec.id, "ID")] += 1
print(json.dumps([count, told]))
"""


def test_at_the_same_moment(tmp_path):
    """Two write a run, one deletes it, one reads and one lists: each sees it whole or not there."""
    names = ["write", "write", "read", "list", "delete"]
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(tmp_path, name)) for name in names]
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
        outputs = [worker.communicate(timeout=60) for worker in workers]
    for name, worker, (output, error) in zip(names, workers, outputs, strict=True):
        assert worker.returncode == 0, error
        count, told = json.loads(output)
        assert count > 0, (name, told)
        assert set(told) <= ALLOWED[name], told
    assert set(tmp_path.iterdir()) <= {tmp_path / f"{Toy(seed=0).id}.safetensors"}


ABSENT = {"there is no run 'ID'.", "'ID.safetensors' is not there any more."}
ALLOWED = {
    "write": set(),
    "list": set(),
    "read": ABSENT,
    "delete": {"run 'ID' cannot be deleted: there is no such run."},
}


def _worker(folder, what):
    return subprocess.Popen(
        [sys.executable, "-c", WORKERS, str(folder), what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
