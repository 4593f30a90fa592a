"""A run gives back the snapshots it was made from."""

import numpy as np

from app.runs import Run, Snapshot, collect, read_run, write_run
from app.runs.compare import largest_difference
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


def test_arrays_whose_names_have_a_slash_are_final_arrays_too(tmp_path):
    before = [
        Snapshot(n, {"history/test": np.full(3, float(n)), "counts": np.ones(2)}, {"epoch": n})
        for n in range(3)
    ]
    path = tmp_path / "run.safetensors"
    write_run(collect(SPEC, before), path)
    after = snapshots_of(read_run(path))
    assert [set(snapshot.arrays) for snapshot in after] == 3 * [{"history/test", "counts"}]
    np.testing.assert_array_equal(after[-1].arrays["history/test"], [2, 2, 2])
    stored = Run(SPEC, {"history/test": np.zeros(3)}, {})
    assert largest_difference(stored, Run(SPEC, {"history/test": np.ones(3)}, {}))[1] == 1.0


def test_only_followed_arrays_have_a_trajectory():
    def at(step):
        arrays = {"weights": np.full(2, float(step)), "score": np.full(1, 2.0 * step)}
        return Snapshot(step, arrays, {"loss": 1.0}, followed=("score",))

    run = collect(SPEC, [at(step) for step in range(3)])
    assert {name for name in run.arrays if name.startswith("path/")} == {"path/step", "path/score"}
    assert run.arrays["path/score"].tolist() == [[0], [2], [4]]
    first, *_, last = snapshots_of(run)
    assert set(first.arrays) == {"score"}
    np.testing.assert_array_equal(last.arrays["weights"], [2, 2])


def test_a_run_without_a_path_is_one_snapshot():
    W = np.eye(2)
    (only,) = snapshots_of(Run(SPEC, {"classifier": W}, {"objective": 1.0}))
    assert (only.step, only.metrics) == (0, {"objective": 1.0})
    np.testing.assert_array_equal(only.arrays["classifier"], W)
