import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.errors import UserError
from app.runs import Run, RunStore, default_store, read_run
from app.runs import store as store_module
from app.runs.store import BUNDLED, SET_ASIDE
from app.spec import KINDS, Spec
from tests.runs.toy import Toy, toy_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "local", tmp_path / "bundled")


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_saved_run_is_listed_loaded_and_deleted(store):
    run = toy_run()
    assert run.spec.id not in store
    path = store.save(run)
    assert (path.name, files(store.folder)) == (f"{run.spec.id}.safetensors", [path.name])
    assert run.spec.id in store
    (entry,), problems = store.list()
    assert (entry.id, entry.kind, entry.spec) == (run.spec.id, "Toy", run.spec)
    assert (entry.metrics, entry.provenance) == (run.metrics, run.provenance)
    assert (entry.size, entry.bundled, problems) == (path.stat().st_size, False, [])
    assert (store.load(run.spec.id).arrays["classifier"] == run.arrays["classifier"]).all()
    store.delete(run.spec.id)
    assert store.list() == ([], [])
    assert files(store.folder) == []


def test_the_newest_comes_first(store):
    times = ["2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00", "2025-01-01T00:00:00+00:00"]
    for seed, created in enumerate(times):
        store.save(toy_run(Toy(seed=seed), created=created))
    assert [entry.spec.seed for entry in store.list()[0]] == [1, 0, 2]


def test_without_a_folder_there_is_nothing(store):
    assert store.list() == ([], [])
    with pytest.raises(UserError, match=f"there is no run '{Toy().id}'"):
        store.load(Toy().id)


@pytest.mark.parametrize("id", ["", "../../etc/passwd", "A" * 16, "0" * 17, "x\n", "0" * 15 + "\n"])
def test_an_id_from_outside_is_never_a_path(store, id):
    for use in (store.load, store.delete):
        with pytest.raises(UserError, match="16 hexadecimal digits") as caught:
            use(id)
        assert str(caught.value).isprintable()


def test_bundled_runs_come_first_and_are_never_changed(store):
    bundled, local = RunStore(store.bundled), RunStore(store.folder)
    bundled.save(toy_run(created="2026-01-01T00:00:00+00:00", by="bundle"))
    local.save(toy_run(created="2026-02-01T00:00:00+00:00", by="local"))
    local.save(toy_run(Toy(seed=1)))
    assert store.load(Toy().id).provenance["by"] == "bundle"
    assert [entry.bundled for entry in store.list()[0]] == [False, True]
    store.delete(Toy().id)
    with pytest.raises(UserError, match="cannot be deleted: it ships with the app"):
        store.delete(Toy().id)
    assert Toy().id in store
    (store.bundled / f"{Toy(seed=2).id}.safetensors").write_bytes(b"damaged")
    entries, (problem,) = store.list()
    assert len(entries) == 2
    assert Toy(seed=2).id in problem
    assert len(files(store.bundled)) == 2


def test_a_damaged_bundled_run_gives_way_to_a_local_one(store):
    store.bundled.mkdir()
    (store.bundled / f"{Toy().id}.safetensors").write_bytes(b"damaged")
    store.save(toy_run())
    assert store.load(Toy().id).spec == Toy()
    assert len(store.list()[0]) == 1


def test_what_is_no_run_is_named_and_set_aside(store):
    path = store.save(toy_run())
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    foreign = store.folder / "holiday.safetensors"
    foreign.write_bytes(b"GIF89a")
    store.save(toy_run(Toy(seed=1)))
    entries, problems = store.list()
    assert [entry.spec.seed for entry in entries] == [1]
    assert len(problems) == 2
    for problem, name in zip(problems, sorted([path.name, foreign.name]), strict=True):
        assert repr(name) in problem
        assert problem.endswith("it was moved to the folder set-aside.")
    assert len(store.list()[1]) == 0
    kept = sorted((store.folder / SET_ASIDE).iterdir())
    assert sorted(file.read_bytes() for file in kept) == sorted([b"GIF89a", whole[:-7]])


def test_opening_a_damaged_run_sets_it_aside_too(store):
    path = store.save(toy_run())
    for _ in range(2):
        path.write_bytes(b"damaged")
        with pytest.raises(UserError, match="moved to the folder set-aside"):
            store.load(Toy().id)
        assert not path.exists()
    assert len(files(store.folder / SET_ASIDE)) == 2


def test_a_folder_that_cannot_be_written_still_lists_and_loads(store, monkeypatch):
    store.save(toy_run())
    (store.folder / "bad.safetensors").write_bytes(b"damaged")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    entries, (problem,) = store.list()
    assert len(entries) == 1
    assert problem == "'bad.safetensors' is no run, or was cut short."
    assert store.load(Toy().id).metrics == toy_run().metrics
    with pytest.raises(UserError, match="cannot be deleted"):
        store.delete(Toy().id)
    with pytest.raises(UserError, match="cannot be stored"):
        store.save(toy_run(Toy(seed=1)))


def test_runs_of_other_versions_are_named_and_stay(store, monkeypatch):
    class Old(Spec):
        pass

    class Gone(Spec):
        pass

    for spec in (Old(), Gone()):
        store.save(Run(spec, {}, {}))
    monkeypatch.setattr(Old, "schema_version", 2)
    monkeypatch.setattr(Old, "changes", {1: dict})
    monkeypatch.delitem(KINDS, "Gone")
    for _ in range(2):
        entries, problems = store.list()
        assert not entries
        assert len(problems) == 2
        assert any(f"rename it {Old().id}.safetensors" in problem for problem in problems)
    assert len(files(store.folder)) == 2


def test_a_run_under_a_wrong_name_is_not_taken_for_another(store):
    path = store.save(toy_run())
    other = path.with_name(f"{Toy(seed=1).id}.safetensors")
    path.rename(other)
    assert f"holds the run {Toy().id}" in store.list()[1][0]
    with pytest.raises(UserError, match=f"holds the run {Toy().id}"):
        store.load(other.stem)
    assert other.exists()


def test_files_of_other_kinds_are_none_of_our_business(store):
    store.save(toy_run())
    (store.folder / "notes.txt").write_text("mine")
    (store.folder / "folder.safetensors").mkdir()
    entries, problems = store.list()
    assert (len(entries), len(problems)) == (1, 1)
    assert files(store.folder) == sorted(
        [f"{Toy().id}.safetensors", "notes.txt", "folder.safetensors"]
    )


def test_leftovers_of_killed_writers_go_only_when_they_are_old(store):
    store.save(toy_run())
    fresh, old = store.folder / ".a.1-2.partial", store.folder / ".b.1-2.partial"
    for path in (fresh, old):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert store.list()[1] == []
    assert (fresh.exists(), old.exists()) == (True, False)


WRITER = """
import sys
import numpy as np
from app.runs import Run, RunStore
from tests.runs.toy import Toy
store = RunStore(sys.argv[1])
print("ready", flush=True)
for round in range(10**6):
    for seed in range(2):
        arrays = {"classifier": np.full((300, 1000), float(round))}
        store.save(Run(Toy(seed=seed), arrays, {"round": float(round)}))
"""


def start_writer(folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout.readline() == "ready\n"
    return writer


def kill(writer):
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()


def test_killed_and_competing_writers_leave_only_whole_runs(tmp_path):
    """Two processes write the same two runs, are killed at random moments, and start again."""
    store, chance = RunStore(tmp_path), random.Random(1)
    store.save(Run(Toy(seed=0), {}, {"round": -1.0}))
    for _ in range(2):
        writers = [start_writer(tmp_path), start_writer(tmp_path)]
        end = time.monotonic() + chance.uniform(0.02, 0.3)
        while time.monotonic() < end:
            assert_whole(store)
        for writer in writers:
            kill(writer)
        assert_whole(store)
    assert not (tmp_path / SET_ASIDE).exists()


def assert_whole(store):
    entries, problems = store.list()
    assert not problems
    assert entries
    for entry in entries:
        run = store.load(entry.id)
        if "classifier" in run.arrays:
            # Each read is of one write, though not always of the same as the header.
            assert len(set(run.arrays["classifier"].ravel()[::997])) == 1


def test_threads_of_one_process_write_the_same_run(store):
    threads = [threading.Thread(target=store.save, args=[toy_run()]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert files(store.folder) == [f"{Toy().id}.safetensors"]
    assert read_run(store.folder / f"{Toy().id}.safetensors").metrics == toy_run().metrics


def test_where_runs_are_kept(monkeypatch, tmp_path):
    monkeypatch.delenv("COLLAPSE_LAB_RUNS", raising=False)
    assert (default_store().folder, default_store().bundled) == (BUNDLED / "local", BUNDLED)
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(tmp_path))
    assert default_store().folder == tmp_path


def saved(store, seed, age, size=3):
    """Save a run that looks as if it had been saved some seconds ago."""
    path = store.save(toy_run(Toy(seed=seed, size=size)))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_beyond_the_megabytes_the_oldest_runs_go(tmp_path):
    store = RunStore(tmp_path / "local", tmp_path / "bundled", megabytes=1)
    RunStore(tmp_path / "bundled").save(toy_run(Toy(seed=9, size=40_000)))
    # Nearly half a megabyte each, so that two fit.
    for seed, age in ((0, 40), (1, 60), (2, 50)):
        saved(store, seed, age, size=7_000)
    assert {entry.spec.seed for entry in store.list()[0]} == {0, 2, 9}
    saved(store, 3, 0, size=7_000)
    assert {entry.spec.seed for entry in store.list()[0]} == {0, 3, 9}
    assert sum(path.stat().st_size for path in store.folder.iterdir()) <= 10**6


def test_one_run_is_kept_however_large_it_is(tmp_path):
    store = RunStore(tmp_path, megabytes=1)
    saved(store, 0, 60)
    saved(store, 1, 30, size=60_000)
    assert [entry.spec.seed for entry in store.list()[0]] == [1]


def test_no_more_runs_are_kept_than_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "MOST_RUNS", 3)
    store = RunStore(tmp_path)
    for seed in range(5):
        saved(store, seed, 60 - seed)
    # Saved again, an old one is new.
    saved(store, 2, 0)
    saved(store, 5, 0)
    assert {entry.spec.seed for entry in store.list()[0]} == {2, 4, 5}


def test_a_run_that_cannot_be_deleted_stays_and_nothing_is_said(tmp_path, monkeypatch):
    store = RunStore(tmp_path, megabytes=1)
    saved(store, 0, 60, size=60_000)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError("no")))
    saved(store, 1, 0)
    assert len(store.list()[0]) == 2


def test_how_much_may_be_kept(monkeypatch):
    monkeypatch.delenv("COLLAPSE_LAB_RUNS_MB", raising=False)
    assert default_store().megabytes == store_module.MOST_MEGABYTES
    monkeypatch.setenv("COLLAPSE_LAB_RUNS_MB", "50")
    assert default_store().megabytes == 50
    for text in ("0", "-3", "1e3", "a lot"):
        monkeypatch.setenv("COLLAPSE_LAB_RUNS_MB", text)
        with pytest.raises(UserError, match=r"COLLAPSE_LAB_RUNS_MB must be a whole number"):
            default_store()
