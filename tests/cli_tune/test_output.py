"""JSON and code that are written."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from app.tune.export import takes_code
from tests.cli_tune.command import FAST, arrays, record, run, save


def test_json_is_written_beside_the_table(file, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("old")
    result = run(file, *FAST, "--json", out)
    assert "parameter [95 %]" in result.stdout
    found = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert found == record(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.npz", "out.json"]


def test_json_on_stdout_is_alone_there(file):
    result = run(file, *FAST, "--rule", "mla", "--json", "-", "--scale", "center")
    assert json.loads(result.stdout, parse_constant=pytest.fail)["spec"]["scale"] == "center"
    notes = run(file, *FAST, "--json", "-")
    assert notes.stderr.startswith("Note: ")


def test_json_replaces_what_a_link_points_to_and_no_device(file, tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    for out in (link, "/dev/null"):
        assert run(file, *FAST, "--rule", "mla", "--json", out).exit_code == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())["samples"] == 80
    assert Path("/dev/null").is_char_device()


def test_a_failed_write_leaves_the_old_file(file, tmp_path, monkeypatch):
    out = tmp_path / "out.json"
    out.write_text("old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run(file, *FAST, "--rule", "mla", "--json", out)
    assert result.exit_code == 2
    assert result.stderr.endswith("out.json cannot be written (No space left on device).\n")
    assert out.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("framework", ["numpy", "torch", "estimator"])
@pytest.mark.parametrize("name", ["mla", "1vs1", "vs"])
def test_code_is_alone_on_stdout_and_predicts(file, name, framework):
    result = run(file, *FAST, "--judge", "same", "--code", name, "--framework", framework)
    line = record(file, "--judge", "same", "--rule", name)["adjusters"][1]
    scope = dict(arrays())
    exec(result.stdout, scope)
    found = np.asarray(scope["adjust"](scope["logits"])).argmax(axis=1)
    assert (found == scope["labels"]).mean() == pytest.approx(line["accuracy"])
    assert "on mine.npz:" in result.stdout


def test_code_computes_nothing_else_unless_asked(file, tmp_path):
    out = tmp_path / "out.json"
    run(file, *FAST, "--code", "ala", "--json", out)
    assert len(json.loads(out.read_text())["adjusters"]) == 5
    run(file, *FAST, "--code", "ala", "--rule", "mla", "--json", out)
    assert [line["adjuster"] for line in json.loads(out.read_text())["adjusters"]] == [
        "raw",
        "mla",
        "ala",
    ]


def test_every_tuned_rule_has_code(tmp_path):
    full = save(tmp_path / "x.npz", weights=np.random.default_rng(0).normal(size=(4, 3)))
    for line in record(full, "--rule", "raw", "--rule", "temperature")["adjusters"]:
        if takes_code(line["adjuster"]):
            assert run(full, *FAST, "--code", line["adjuster"]).stdout.startswith("import numpy")
    assert run(full, *FAST, "--code", "tau-norm").exit_code == 0
