"""What the table and the notes say."""

import json
import re

import numpy as np
import pytest

from app.data import COMMAND_LINE, read_upload
from app.data.bundled import SAMPLES, load
from app.tune import TuneSpec, bundled_spec, comparison, report
from tests.cli_tune.command import FAST, record, run, save


def from_library(upload, spec):
    """Return the report of /tune for a spec."""
    work = comparison(upload, spec)
    names = tuple(name for name in spec.adjusters if work.available(name))
    lines = work.lines(
        names,
        spec.metric,
        (spec.low, spec.high),
        judge=spec.judge,
        folds=spec.folds,
        seed=spec.seed,
        samples=spec.samples,
    )
    return report(upload, spec, list(lines))


def test_numbers_are_those_of_the_library(file):
    settings = {"metric": "worst_class", "seed": 3, "samples": 30, "low": -1.0, "scale": "center"}
    options = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    result = run(file, *options, "--rule", "vs", "--rule", "mla", "--json", "-")
    spec = TuneSpec(adjusters=("vs", "mla"), **settings)
    expected = from_library(read_upload(file, file.name, limits=COMMAND_LINE), spec)
    assert json.loads(result.stdout) == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_settings_of_the_page(name):
    upload = load(name)
    spec = TuneSpec(**bundled_spec(upload), data=name, samples=20, adjusters=("mla", "tau-norm"))
    found = run(name, "--samples", 20, "--rule", "mla", "--rule", "tau-norm", "--json", "-")
    assert json.loads(found.stdout) == from_library(upload, spec)
    assert spec.judge == "split"
    assert spec.many == 1000


def test_options_go_before_the_settings_of_a_sample():
    found = record(next(iter(SAMPLES)), "--rule", "mla", "--judge", "folds", "--many", "500")
    assert found["spec"]["judge"] == "folds"
    assert (found["spec"]["many"], found["spec"]["few"]) == (500, 200)


def test_a_file_goes_before_a_sample_of_the_same_name(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = next(iter(SAMPLES))
    file.rename(tmp_path / name)
    assert record(name, "--rule", "mla")["samples"] == 80


def test_the_usual_rules_are_those_the_file_allows(file, tmp_path):
    assert [line["adjuster"] for line in record(file)["adjusters"]] == [
        "raw",
        "mla",
        "ala",
        "1vs1",
        "vs",
    ]
    more = save(tmp_path / "more.npz", weights=np.random.default_rng(0).normal(size=(4, 3)))
    assert "tau-norm" in [line["adjuster"] for line in record(more)["adjusters"]]


def test_the_table_holds_the_numbers_of_the_report(file):
    result = run(file, *FAST)
    found = record(file)
    text = result.stdout
    assert text.startswith("Note: tau-norm is left out: it needs the classifier's weights")
    assert "mine.npz: 80 samples, 4 classes, imbalance ratio 50 (500 to 10 training" in text
    assert "For balanced accuracy: 2 stratified folds of 80 samples (seed 0)" in text
    for line in found["adjusters"]:
        (row,) = [row for row in text.splitlines() if row.startswith(line["adjuster"] + "  ")]
        cells = row.split()
        assert f"{100 * line['balanced_accuracy']:.1f}" in cells
        for value in line["parameters"].values():
            assert f"{value:.3f}" in row
        if line["bootstrap_95"]:
            assert "[{:.2f}, {:.2f}]".format(*line["bootstrap_95"]) in row
            assert re.search(rf"^{line['adjuster']}: (gamma|tau) = ", text, re.MULTILINE)
    assert "--code mla" in text
    assert result.stderr == ""


def test_undefined_numbers_are_not_available(tmp_path):
    few = save(tmp_path / "x.npz", class_counts=np.array([500, 120, 110, 105]))
    rows = run(few, *FAST).stdout.splitlines()
    (raw,) = [row.split() for row in rows if row.startswith("raw ")]
    (duels,) = [row.split() for row in rows if row.startswith("1vs1 ")]
    assert raw[5:7] == ["n/a", "n/a"]  # medium and few
    assert raw[-1] == "n/a"  # p
    assert duels[-3:-1] == ["n/a", "n/a"]  # NLL and ECE


@pytest.mark.parametrize("metric", ["worst_group", "balanced_accuracy"])
def test_the_text_fits_110_columns(file, tmp_path, metric):
    long = file.rename(tmp_path / ("long name " * 10 + ".npz"))
    result = run(
        long, *FAST, "--low", -2, "--metric", metric, "--rule", "temperature", "--rule", "mla"
    )
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 110
    assert not any(line.endswith(" ") for line in lines)


def test_columns_are_aligned(file):
    text = run(file, *FAST).stdout
    head = text.splitlines().index(next(row for row in text.splitlines() if "parameter [" in row))
    rows = text.splitlines()[head : head + 6]
    assert len({len(row) for row in rows}) == 1


def test_warnings_and_notes_come_first(tmp_path):
    other = save(
        tmp_path / "mine.csv",
        logits=np.full((80, 4), -1.0) - np.eye(4)[np.arange(80) % 4],
        split=np.array(["tune", "judge"] * 40),
        class_names=np.array(["a\x9b2J", "b", "c", "d"]),
        labels=np.arange(80) % 3,
    )
    (tmp_path / "mine.csv.npz").rename(other)
    text = run(other, *FAST, "--rule", "mla").stdout
    assert "Note: The name ends in .csv, but the content is npz" in text
    assert "Note: The file has a split, which --judge split would use." in text
    assert "Warning: In 80 rows (100.0%) every logit is negative" in text
    assert "Warning: No samples of d:" in text
    assert "\x9b" not in text
