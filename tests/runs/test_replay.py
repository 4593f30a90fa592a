"""A run gives back the snapshots it was made from."""

import numpy as np

from app.runs import Run, Snapshot, collect, read_run, write_run
from app.runs.replay import snapshots_of
from app.ufm import UFMSpec

SPEC = UFMSpec(counts=(3, 2), dim=2)


def made(number):
    rng = np.random.default_rng(number)
    arrays = {"classifier": rng.normal(size=(2, 2)), "means": rng.normal(size=(2, 2))}
    return Snapshot(10 * number, arrays, {"objective": rng.normal(), "odd": float("nan")})


def test_round_trip_through_a_file(tmp_path):
    before = [made(n) for n in range(5)]
    path = tmp_path / f"{SPEC.id}.safetensors"
    write_run(collect(SPEC, before), path)
    after = snapshots_of(read_run(path))
    assert [snapshot.step for snapshot in after] == [0, 10, 20, 30, 40]
    for old, new in zip(before, after, strict=True):
        assert new.metrics["objective"] == old.metrics["objective"]
        for name in old.arrays:
            np.testing.assert_allclose(new.arrays[name], old.arrays[name], rtol=1e-6)
    np.testing.assert_array_equal(after[-1].arrays["means"], before[-1].arrays["means"])


def test_a_run_without_a_path_is_one_snapshot():
    W = np.eye(2)
    (only,) = snapshots_of(Run(SPEC, {"classifier": W}, {"objective": 1.0}))
    assert (only.step, only.metrics) == (0, {"objective": 1.0})
    np.testing.assert_array_equal(only.arrays["classifier"], W)
