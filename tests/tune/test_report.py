import json
from dataclasses import replace

import numpy as np
import pytest

from app.adjust.adjusters import ADJUSTERS
from app.adjust.metrics import METRICS
from app.data import Upload
from app.tune import (
    TuneSpec,
    comparison,
    line_record,
    numpy_code,
    origin,
    report,
    spread_sentence,
)

KEYS = {
    "collapse_lab",
    "file",
    "samples",
    "classes",
    "imbalance_ratio",
    "class_counts",
    "spec",
    "protocol",
    "adjusters",
    "chosen_by_hand",
}
LINE_KEYS = {
    "adjuster",
    "title",
    "parameters",
    "bootstrap_95",
    "equally_good",
    "tuning_score",
    "fold_parameters",
    *METRICS,
    "nll",
    "ece",
    "p_value",
    "class_recalls",
    "note",
}


def upload():
    """Four classes, of which the last has no samples and none is called few."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    z = rng.normal(size=(90, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1]
    weights = rng.normal(size=(4, 5))
    counts = np.array([500, 120, 40, 30])
    return Upload("mine.npz", z, labels, counts, weights=weights, bias=np.zeros(4))


@pytest.fixture(scope="module")
def made():
    spec = TuneSpec(adjusters=tuple(ADJUSTERS), samples=20, folds=3)
    work = comparison(upload(), spec)
    lines = list(work.lines(spec.adjusters, folds=3, samples=20))
    return spec, work, lines, report(upload(), spec, lines)


def walk(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from walk(item)
        else:
            yield item


def test_the_report_has_stable_keys(made):
    spec, _, _, record = made
    assert set(record) == KEYS
    assert set(record["spec"]) == {*TuneSpec.model_fields, "id", "version"}
    assert record["spec"]["id"] == spec.id
    for line in record["adjusters"]:
        assert set(line) == LINE_KEYS
    assert [line["adjuster"] for line in record["adjusters"]] == list(ADJUSTERS)


def test_the_report_is_plain_json_without_nan(made):
    record = made[-1]
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    allowed = (str, int, float, bool, dict, list, type(None))
    assert {type(value) for value in walk(record)} <= set(allowed)


def test_what_is_not_defined_is_null(made):
    lines = {line["adjuster"]: line for line in made[-1]["adjusters"]}
    assert all(line["few"] is None for line in lines.values())
    assert all(line["class_recalls"][3] is None for line in lines.values())
    assert lines["raw"]["p_value"] is None
    assert lines["1vs1"]["nll"] is None
    assert lines["1vs1"]["ece"] is None
    for name in ("raw", "vs", "temperature"):
        assert lines[name]["bootstrap_95"] is None
        assert lines[name]["tuning_score"] is None


def test_the_numbers_are_those_of_the_lines(made):
    _, _, lines, record = made
    assert record["samples"] == 90
    assert record["classes"] == 4
    assert record["imbalance_ratio"] == pytest.approx(500 / 30)
    assert record["protocol"].startswith("3 stratified folds of 90 samples (seed 0)")
    for line, written in zip(lines, record["adjusters"], strict=True):
        assert written == line_record(line)
        assert written["parameters"] == line.parameters
        assert written["balanced_accuracy"] == pytest.approx(np.nanmean(line.recalls))
        assert len(written["fold_parameters"]) == 3


def test_the_spread_is_said_of_one_parameter_rules(made):
    _, _, lines, _ = made
    for line in lines:
        sentence = spread_sentence(line)
        assert bool(sentence) == (line.optimum is not None)
        if sentence:
            low, high = line.bootstrap.interval()
            assert sentence.startswith(f"{next(iter(line.parameters))} = ")
            assert f"{low:.2f} to {high:.2f} (95 %)." in sentence


def test_the_origin_says_how_values_were_found(made):
    spec, _, lines, record = made
    text = origin("mine.npz", spec, lines[1], record["protocol"])
    assert text.splitlines() == [
        "MLA for balanced accuracy on mine.npz:",
        record["protocol"] + ".",
    ]
    sampled = replace(lines[1], note="on 5 of 90 samples")
    logs = origin("mine.npz", TuneSpec(scale="log"), sampled, "x").splitlines()
    assert logs[2:] == [
        "The logits here are logarithms of the file's probabilities.",
        "Tuned on 5 of 90 samples.",
    ]


def test_code_for_logarithms_predicts_what_was_judged():
    file = upload()
    z = np.exp(file.logits)
    probabilities = z / z.sum(axis=1, keepdims=True)
    spec = TuneSpec(scale="log", judge="same", samples=20)
    work = comparison(replace(file, logits=probabilities), spec)
    for name in ("mla", "ala", "1vs1", "vs"):
        line = work.line(name, judge="same", samples=20)
        scope = {}
        exec(numpy_code(name, line.parameters, work.setup), scope)
        found = scope["adjust"](np.log(probabilities)).argmax(axis=1)
        np.testing.assert_array_equal(found, line.predictions)
