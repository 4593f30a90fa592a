"""What sharing out a sweep over worker processes costs and gains; `make bench` prints the ratios.

Workers are on this machine, one thread and one core each, and the sweep here has one core as well:
the best that two workers can do is twice the speed, on as many cores that have nothing else to do.
"""

import json
import os
from collections import deque

import pytest

from app.cluster import Cluster, compute_on
from app.ufm.sweep import SweepSpec, run_sweep
from tests.benchmarks.ratios import ratios
from tests.cluster.machines import machines

SWEEPS = {
    "20 x 20, K = 10": SweepSpec(),
    "40 x 40, K = 20": SweepSpec(size=40, classes=20),
    "30 x 30, K = 10, d = 6": SweepSpec(size=30, dim=6),  # Not convex: several starts a cell.
}


@pytest.fixture
def one_core():
    """This process, and those it starts, on a core each."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("needs a system on which processes can be tied to cores")
    before = sorted(os.sched_getaffinity(0))
    if len(before) < 2:
        pytest.skip(f"needs two cores, has {len(before)}")
    os.sched_setaffinity(0, before[:1])
    yield before
    os.sched_setaffinity(0, before)


@pytest.fixture
def labs(tmp_path, one_core):
    """Clusters of one and of two workers, on cores of their own."""
    with machines(_folder(tmp_path, "one")) as one, machines(_folder(tmp_path, "two")) as two:
        for lab, cores in ((one, one_core[:1]), (two, one_core[:2])):
            for core in cores:
                worker = lab.worker()
                worker.wait_for("Registered to")
                worker.tie(core)
        yield [Cluster(lab.address) for lab in (one, two)]


def _folder(parent, name):
    (parent / name).mkdir()
    return parent / name


def drained(snapshots):
    deque(snapshots, maxlen=0)


@pytest.mark.slow
def test_a_sweep_on_workers(labs):
    one, two = labs
    found = {}
    for name, spec in SWEEPS.items():
        seconds, against = ratios(
            lambda spec=spec: drained(run_sweep(spec)),
            {
                "one worker": lambda spec=spec: drained(compute_on(one, spec)),
                "two workers": lambda spec=spec: drained(compute_on(two, spec)),
            },
            rounds=3,
        )
        found[name] = {"seconds": round(seconds, 3)} | {k: round(v, 2) for k, v in against.items()}
        print(
            f"\nsweep {name}: {1e3 * seconds:.0f} ms here on one core; one worker takes "
            f"{against['one worker']:.2f}x, two workers {against['two workers']:.2f}x the time"
        )
    print("cluster-speed " + json.dumps(found))
    for cluster in labs:
        cluster.close()
    large = found["30 x 30, K = 10, d = 6"]
    # Sharing out a large sweep costs little, and the second worker helps.
    assert large["one worker"] < 1.5
    assert large["two workers"] < 0.9 * large["one worker"]
