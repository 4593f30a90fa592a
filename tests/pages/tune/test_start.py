"""The first paint, samples and templates."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from app.cli import app as command_line
from app.data import TEMPLATE_FORMATS, write_template
from app.data.bundled import SAMPLES, load
from app.tune import TuneSpec, bundled_spec, report
from tests.pages.tune.page import (
    SAMPLE,
    assert_table,
    charts,
    checked,
    expected_lines,
    frame,
    has_table,
    live,
    npy,
    opened,
    sentences,
    spec_of,
    upload,
    uploaded,
    words,
)


def test_without_data_the_page_asks_for_a_file_and_offers_samples():
    app = opened()
    assert app.title[0].value == "Tune gamma"
    assert len(app.file_uploader) == 1
    assert [len(app.dataframe), charts(app), sentences(app)] == [0, {}, []]
    assert {f"tune:sample:{name}" for name in SAMPLES} <= {b.key for b in app.button}
    assert {b.key for b in app.download_button} == {f"tune:template:{f}" for f in TEMPLATE_FORMATS}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_opens_by_link_and_by_button_alike(name):
    linked = opened(data=name, samples="20")
    clicked = opened(samples="20")
    clicked.button(key=f"tune:sample:{name}").click()
    checked(clicked.run())
    assert spec_of(linked) == spec_of(clicked) == TuneSpec(samples=20, **_sample_fields(name))
    assert not sentences(linked)
    pd.testing.assert_frame_equal(frame(linked), frame(clicked))
    assert set(charts(linked)) == {"tune:counts", "tune:gains", "tune:flips"}
    assert len(live(linked)["alt"]) > 20
    assert all(len(chart.alt) > 20 for chart in charts(linked).values())


def _sample_fields(name):
    return {"data": name, **bundled_spec(load(name))}


def test_page_library_and_command_line_say_the_same(downloads):
    app = opened(data=SAMPLE, samples="20", seed="3")
    spec = spec_of(app)
    done = CliRunner().invoke(
        command_line, ["tune", SAMPLE, "--samples", "20", "--seed", "3", "--json", "-"]
    )
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    library = report(load(SAMPLE), spec, expected_lines(load(SAMPLE), spec))
    page = json.loads(downloads["tuning.json"]())
    assert told["adjusters"] == library["adjusters"] == page["adjusters"]
    assert told["protocol"] == library["protocol"] == page["protocol"]
    assert page == library
    assert_table(frame(app), told["adjusters"])


@pytest.mark.parametrize("kind", TEMPLATE_FORMATS)
def test_every_template_is_read_and_what_it_lacks_asked_for(kind):
    app = uploaded(write_template(kind), f"template.{kind}", samples="20", folds="2")
    if kind == "npy":
        assert "holds no labels" in app.info[0].value
        upload(app, npy(np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3])), "labels.npy", place=1)
    if kind in ("npy", "csv"):
        assert "training samples" in app.info[0].value
        app.text_area[0].set_value("500, 120, 40, 10")
        checked(app.run())
    assert has_table(app)
    assert not app.error


def test_a_sample_replaces_an_upload_and_an_upload_a_sample():
    app = uploaded(samples="20", adjusters="")
    app.button(key=f"tune:sample:{SAMPLE}").click()
    checked(app.run())
    assert "Fashion" in words(app)
    assert app.query_params["data"] == SAMPLE
    upload(app)
    assert r"**mine\.npz**" in words(app)
    assert "data" not in app.query_params
    app.file_uploader[0].set_value(None)
    assert not has_table(checked(app.run()))
