"""What is taken away: tables, predictions, numbers, code."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from app.adjust.flips import find_flips
from app.adjust.metrics import METRIC_TITLES
from app.data import TEMPLATE_FORMATS
from app.data.bundled import load
from app.tune import comparison
from tests.pages.tune.page import (
    MINE,
    NAMES,
    SAMPLE,
    assert_table,
    checked,
    expected_lines,
    frame,
    opened,
    spec_of,
    upload,
    uploaded,
)


def test_every_download_has_content(downloads):
    app = opened(samples="20", focus="ala")
    downloads.clear()  # those of the start page, too
    app = upload(app)
    assert len(downloads) == len(app.download_button)
    contents = {name: data() for name, data in downloads.items()}
    assert all(contents.values())
    assert {f"template.{f}" for f in TEMPLATE_FORMATS} <= contents.keys()
    for name in contents:
        if name.endswith(".py"):
            compile(contents[name], name, "exec")

    table = pd.read_csv(io.StringIO(contents["comparison.csv"]))
    assert table["Adjuster"].tolist() == frame(app)["Adjuster"].tolist()
    np.testing.assert_allclose(100 * table["Balanced"], frame(app)["Balanced"])

    def refuse(text):
        raise AssertionError(f"{text} is no JSON")

    numbers = json.loads(contents["tuning.json"], parse_constant=refuse)
    assert_table(frame(app), numbers["adjusters"])
    assert numbers["spec"]["id"] == spec_of(app).id


@pytest.mark.parametrize("judge", ["same", "split"])
def test_predictions_give_the_numbers_of_the_table(downloads, judge):
    app = uploaded(samples="20", judge=judge)
    rows = pd.read_csv(io.StringIO(downloads["predictions.csv"]()))
    assert rows.columns.tolist() == ["row", "label", "raw", "mla"]
    assert rows["row"].tolist() == list(range(80))
    assert rows["label"].tolist() == [NAMES[k] for k in MINE.labels]
    if judge == "split":
        rows = rows[MINE.split[rows["row"]] == "judge"]
    for column, title in (("raw", "Raw logits"), ("mla", "MLA")):
        right = rows[column] == rows["label"]
        shown = frame(app).set_index("Adjuster").loc[title]
        assert 100 * right.mean() == pytest.approx(shown["All"])
        assert 100 * right.groupby(rows["label"]).mean().mean() == pytest.approx(shown["Balanced"])


@pytest.mark.parametrize("name", ["mla", "ala", "1vs1", "tau-norm", "vs"])
def test_the_code_is_that_of_the_adjuster_in_focus(downloads, name):
    app = uploaded(samples="20", focus=name)
    title = frame(app)["Adjuster"][1 + ["mla", "ala", "1vs1", "tau-norm", "vs"].index(name)]
    assert f"Take {title} home" in [s.value for s in app.subheader]
    assert {f"{name}_{kind}.py" for kind in ("numpy", "pytorch", "estimator")} <= downloads.keys()
    assert METRIC_TITLES["balanced_accuracy"].lower() in downloads[f"{name}_numpy.py"]()


def test_the_samples_come_once_they_are_opened():
    app = opened(data=SAMPLE, samples="20")
    assert not [d for d in app.dataframe if "adjusted" in d.value]
    app.session_state["tune:samples"] = True
    checked(app.run())
    (shown,) = (d.value for d in app.dataframe if "adjusted" in d.value)
    data, spec = load(SAMPLE), spec_of(app)
    raw, tuned = expected_lines(data, spec)[:2]
    work = comparison(data, spec)
    fixed = find_flips(work.labels[tuned.rows], raw.predictions, tuned.predictions).fixed
    assert shown["row"].tolist() == tuned.rows[fixed].tolist()
    assert (shown["label"] == shown["adjusted"]).all()
