import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from app.cli import app as commands
from app.commands import runs as runs_module
from app.commands.engines import ENGINES
from app.runs import Run, RunStore, read_run, write_run
from app.runs.presets import Preset
from app.ufm.spec import UFMSpec
from app.ufm.sweep import SweepSpec
from tests.runs.toy import Toy, diverge, halve, toy_run


def call(*arguments, **options):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments], **options)


def refused(*arguments, **options):
    """The one line that a command ends with."""
    result = call(*arguments, **options)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def store(monkeypatch, tmp_path):
    """Toys are computed, into folders of their own."""
    bundled, local = tmp_path / "bundled", tmp_path / "local"
    monkeypatch.setattr("app.runs.store.BUNDLED", bundled)
    monkeypatch.setattr(runs_module, "BUNDLED", bundled)
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(local))
    # As a whole, since their order says which kind settings without a name are of.
    engines = dict(ENGINES)
    ENGINES.clear()
    ENGINES[Toy] = halve
    found = (Preset("a", "Three", "", Toy(steps=3)), Preset("b", "Four", "", Toy(steps=4)))
    monkeypatch.setattr(runs_module, "presets", lambda kind: found)
    yield RunStore(local, bundled)
    ENGINES.clear()
    ENGINES.update(engines)


@pytest.fixture
def settings(tmp_path):
    def write(content):
        path = tmp_path / "spec.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.mark.parametrize("content", [{"kind": "Toy", "spec": {"steps": 2}}, {"steps": 2}])
def test_settings_are_computed_and_stored(store, settings, content):
    result = call("run", settings(content))
    assert result.exit_code == 0
    spec = Toy(steps=2)
    assert result.stdout.splitlines()[0].startswith(f"{spec.id}  Toy  ")
    assert "loss  1.5\n" in result.stdout
    assert result.stdout.endswith(f"Stored as {store.folder / spec.id}.safetensors\n")
    assert store.load(spec.id).metrics == {"loss": 1.5}


def test_a_run_goes_to_a_file_or_to_stdout(store, settings, tmp_path):
    out = tmp_path / "out.safetensors"
    result = call("run", settings({}), "--out", out)
    assert result.exit_code == 0
    assert "loss" in result.stdout
    assert read_run(out).spec == Toy()
    result = call("run", "-", "--out", "-", input="{}")
    (tmp_path / "printed").write_bytes(result.stdout_bytes)
    assert read_run(tmp_path / "printed").spec == Toy()
    assert "loss" in result.stderr
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "SPEC.json must be valid JSON"),
        ("[1]", "SPEC.json must hold an object"),
        ("[" * 200_000, "SPEC.json must be nested less deeply"),
        ('{"steps": NaN}', "must be valid JSON of finite numbers"),
        ('"' + "x" * 1_100_000 + '"', "at most 1,000,000 characters"),
        ('{"kind": "Cake", "spec": {}}', "must be one of Toy; got 'Cake'"),
        ('{"kind": ["Toy"], "spec": {}}', "must be one of Toy"),
        ('{"kind": "Toy", "spec": 3}', '"spec" in SPEC.json must be an object'),
        ('{"kind": "Toy"}', '"spec" in SPEC.json must be an object'),
        ('{"steps": 0}', "steps: Input should be greater than or equal to 1"),
        ('{"stepz": 1}', "stepz: Extra inputs are not permitted"),
        ('{"steps": 1e400}', "steps"),
    ],
)
def test_what_is_no_settings_is_refused_in_one_line(store, settings, content, message):
    assert message in refused("run", settings(content))


def test_files_that_cannot_be_used_are_refused(store, settings, tmp_path):
    assert call("run", tmp_path / "nothing").exit_code == 2
    assert "no such directory" in refused("run", settings({}), "--out", tmp_path / "no" / "x")
    (tmp_path / "latin").write_bytes(b'{"a": "\xe9"}')
    assert "UTF-8" in refused("run", tmp_path / "latin")


def test_what_an_engine_refuses_is_one_line(store, settings, monkeypatch):
    monkeypatch.setitem(ENGINES, Toy, diverge)
    assert "learning_rate must be smaller" in refused("run", settings({}))


def test_runs_without_an_engine_are_named(store, monkeypatch):
    RunStore(store.bundled).save(toy_run())
    monkeypatch.delitem(ENGINES, Toy)
    assert "no engine for Toy" in refused("runs", "verify")


def test_a_store_that_cannot_be_written_is_one_line(store, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(settings({}) / "below"))
    result = call("run", settings({}))
    assert result.exit_code == 2
    assert "cannot be stored" in result.stderr


def test_runs_are_listed_newest_first(store):
    RunStore(store.bundled).save(toy_run(Toy(steps=3), created="2026-01-01T00:00:00+00:00"))
    store.save(toy_run(Toy(seed=1), created="2026-01-02T00:00:00+00:00"))
    (store.folder / "bad.safetensors").write_bytes(b"damaged")
    result = call("runs", "list")
    assert result.exit_code == 0
    local, bundled = result.stdout.splitlines()
    assert local.split()[:3] == [Toy(seed=1).id, "Toy", "2026-01-02T00:00:00+00:00"]
    assert local.endswith("local")
    assert bundled.split()[-2:] == ["bundled", "Three"]
    assert result.stderr.startswith("Warning: 'bad.safetensors' is no run")


def test_an_empty_list_is_empty(store):
    result = call("runs", "list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_what_show_prints_can_be_computed_again(store, tmp_path):
    store.save(Run(Toy(seed=4), {"classifier": np.ones((2, 3))}, {"a": math.nan}))
    result = call("runs", "show", Toy(seed=4).id)
    record = json.loads(result.stdout)
    assert record["arrays"] == {"classifier": [2, 3]}
    assert record["metrics"] == {"a": None}
    (tmp_path / "shown.json").write_text(result.stdout)
    assert call("run", tmp_path / "shown.json").exit_code == 0
    assert store.load(Toy(seed=4).id).metrics["loss"] > 0


@pytest.mark.parametrize("id", ["0" * 16, "../x", "x" * 500])
def test_a_run_that_is_not_there_is_one_line(store, id):
    assert "run" in refused("runs", "show", id)


def test_rebuilding_makes_exactly_what_ships_and_verifying_agrees(store):
    bundled = RunStore(store.bundled)
    bundled.save(toy_run(Toy(seed=99)))
    result = call("runs", "rebuild")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"{Toy(seed=99).id}  removed: it belongs to no preset."
    ids = {Toy().id, Toy(steps=3).id, Toy(steps=4).id}
    assert {entry.id for entry in bundled.list()[0]} == ids
    result = call("runs", "verify", "--sample", 2)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    result = call("runs", "verify", "--sample", 100)
    assert {line.split()[0] for line in result.stdout.splitlines()} == ids


def test_verifying_names_what_is_missing_damaged_or_different(store):
    call("runs", "rebuild")
    bundled = RunStore(store.bundled)
    bundled.delete(Toy(steps=4).id)
    (store.bundled / "bad.safetensors").write_bytes(b"damaged")
    other = toy_run(Toy(steps=3))
    other.arrays["classifier"][0, 0] *= 1 + 1e-4
    write_run(other, store.bundled / f"{Toy(steps=3).id}.safetensors")
    message = refused("runs", "verify")
    assert "'bad.safetensors' is no run" in message
    assert "Four has no run." in message
    assert f"{Toy(steps=3).id} differs in classifier by 4.1e-05." in message


def test_a_grid_is_computed_from_the_command_line(tmp_path, settings):
    out = tmp_path / "run.safetensors"
    grid = settings({"classes": 4, "size": 5, "loss": "ce"})
    assert call("sweep", grid, "--out", out).exit_code == 0
    run = read_run(out)
    assert run.spec == SweepSpec(classes=4, size=5)
    assert run.metrics["cells"] == run.spec.steps
    assert "must be one of SweepSpec; got 'UFMSpec'" in refused(
        "sweep", settings({"kind": "UFMSpec", "spec": {}})
    )


def test_a_model_is_computed_from_the_command_line(tmp_path, settings):
    out = tmp_path / "run.safetensors"
    spec = UFMSpec(counts=(30, 3), dim=2, steps=300)
    result = call("run", settings(spec.model_dump_json()), "--out", out)
    assert result.exit_code == 0, result.output
    run = read_run(out)
    assert run.spec == spec
    assert run.provenance["device"] == "cpu"
    assert run.metrics["objective"] >= run.metrics["lower_bound"]


def test_a_diverging_model_is_told(tmp_path, settings):
    out = tmp_path / "run.safetensors"
    wild = settings({"counts": [30, 3], "dim": 2, "steps": 2000, "learning_rate": 1e9})
    result = call("run", wild, "--out", out)
    assert result.exit_code == 0, result.output
    assert "Warning: training diverged" in result.stderr
    assert np.isfinite(read_run(out).arrays["classifier"]).all()
