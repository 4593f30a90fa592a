import json
import re

import pytest
from click.testing import CliRunner

from app.cli import app
from app.runs import read_run
from app.runs.presets import FOLDER
from app.ufm.sweep import SweepSpec

TINY = {"size": 5, "classes": 4}


@pytest.fixture(autouse=True)
def _local_store(tmp_path, monkeypatch):
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(tmp_path / "runs"))


def call(content, *options):
    text = content if isinstance(content, str) else json.dumps(content)
    return CliRunner().invoke(app, ["sweep", "-", *map(str, options)], input=text)


def test_the_table_counts_the_cells_of_each_phase(tmp_path):
    result = call(TINY)
    assert result.exit_code == 0, result.stderr
    head, _, *lines = result.stdout.splitlines()
    assert head.startswith(f"{SweepSpec(**TINY).id}  5 ratios x 5 decays")
    rows = [re.fullmatch(r"(I+|IV): .*?  +(\d+)  +(\d+)  +(.*)", line) for line in lines[:4]]
    assert [row[1] for row in rows] == ["I", "II", "III", "IV"]
    assert sum(int(row[2]) for row in rows) == 25
    assert [row[2] for row in rows] == [row[3] for row in rows]
    assert rows[3][4] == "0 to 0"
    assert "In 25 of 25 cells measurement and theory agree." in result.stdout
    assert list((tmp_path / "runs").glob("*.safetensors"))


def test_a_long_tail_is_a_table_of_ranks():
    result = call(TINY | {"profile": "exponential"})
    assert result.exit_code == 0, result.stderr
    assert "rank  cells" in result.stdout
    cells = [line.split() for line in result.stdout.splitlines()[2:]]
    counted = [int(line[1]) for line in cells if len(line) == 2 and line[0].isdigit()]
    assert sum(counted) == 25


def test_the_run_is_written_where_it_is_wanted(tmp_path):
    out = tmp_path / "sweep.safetensors"
    preset = json.loads((FOLDER / "minority-2-la.json").read_text(encoding="utf-8"))
    preset["spec"]["size"] = 5
    result = call(preset, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "cells away" in result.stdout
    run = read_run(out)
    assert run.spec == SweepSpec(loss="la", size=5)
    assert run.arrays["minority_distance"].shape == (5, 5)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "SPEC.json must be valid JSON"),
        ([], "SPEC.json must hold an object"),
        ({"kind": "UFMSpec", "spec": {}}, '"kind" in SPEC.json must be one of SweepSpec'),
        ({"size": 400}, "size: Input should be less than or equal to 40"),
        ({"sise": 5}, "sise: Extra inputs are not permitted"),
        ({"ratio_low": 9, "ratio_high": 3}, "ratio_low must be below ratio_high, got 9 and 3"),
    ],
)
def test_what_is_no_sweep_is_refused_in_one_sentence(content, reason):
    result = call(content)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
