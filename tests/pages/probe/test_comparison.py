"""The table and the parts of the page, and how a comparison gets there."""

from threading import Event

import numpy as np
import pytest

from app.errors import UserError
from app.probe import run
from app.probe.results import comparison
from app.ui.probe import training, watching
from app.ui.probe.words import SHORT_NAMES
from tests.pages.probe.page import (
    ASKED,
    METHOD_NAMES,
    TINY,
    charts,
    checked,
    frame,
    opened,
    raw,
    texts,
)


def test_the_table_is_what_the_engine_finds(asked):
    data, last = asked
    table = frame(opened())
    lines = comparison(ASKED, last.arrays, data)
    assert list(table.index) == [SHORT_NAMES[name] for name in METHOD_NAMES]
    for (_, row), line in zip(table.iterrows(), lines, strict=True):
        assert row["All"] == pytest.approx(100 * line.scores["accuracy"].mean)
        assert row["Medium"] == pytest.approx(100 * line.scores["medium"].mean)
        assert row["Chosen"] == line.chosen
    gap = lines[1].against["stage1"]
    assert table.loc["Balanced softmax", "− stage 1"] == pytest.approx(100 * gap.score.mean)
    assert table.loc["Balanced softmax", "p − stage 1"] == gap.p_value
    # No class of this set has fewer than 20 training rows, and nothing differs from itself.
    assert table["Few"].isna().all()
    assert np.isnan(table.loc["Stage 1", "− stage 1"])


def test_every_number_carries_data_split_selection_and_seeds():
    text = texts(opened(selection="best-on-test"))
    assert "12,408 training rows of 10 classes (5,000 to 50 a class)" in text
    assert "same 10,000 test rows that judge them \\(optimistic" in text
    assert "seed 0" in text


def test_all_parts_are_there():
    app = opened()
    parts = ("curves", "magnitude", "deviation", "balance", "spread", "classifiers", "map")
    assert charts(app) == {f"probe:{part}" for part in parts}
    text = texts(app)
    assert "Blind to biases." in text
    assert "predicted from training rows" in text
    assert "tick Post-hoc MLA" in text
    assert "log(1 + K(1 − δ)/δ) = 0.186" in text


def test_several_seeds_have_intervals():
    table = frame(opened(seeds="2", methods="stage1,crt"))
    assert table.loc["cRT", "± All"] > 0
    assert table.loc["cRT", "± − stage 1"] > 0
    assert table.loc["Stage 1", "± All"] == 0


def test_what_takes_long_waits_to_be_asked_for(monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = opened()
    assert "do not start by themselves" in app.info[0].value
    assert not app.dataframe
    checked(app.button(key="probe:run").click().run())
    assert len(frame(app)) == 4


def test_a_comparison_is_stored_and_read_again():
    opened()
    again = opened(look="few", focus="lort", color="group").session_state["probe:held"]
    assert again.job is None
    assert again.run.spec == ASKED


def test_it_is_drawn_as_far_as_it_is_and_can_be_stopped(monkeypatch):
    go_on = Event()

    def slow(spec, data):
        for snapshot in run(spec, data):
            yield snapshot
            if snapshot.step > 40:
                go_on.wait(30)

    monkeypatch.setattr(training, "run", slow)
    monkeypatch.setattr(watching, "WAIT_SECONDS", 1.5)
    app = opened()
    table = frame(app)
    assert list(table.columns) == ["All", "Many", "Medium", "Few", "Worst class"]
    assert table.loc["Stage 1", "All"] == pytest.approx(84.47, abs=0.01)
    assert charts(app) == {"probe:curves:partly"}
    app.button(key="probe:stop").click()
    go_on.set()
    checked(app.run())
    assert "Stopped on the way" in app.warning[0].value
    assert "− stage 1" in frame(app)
    app.button(key="probe:again").click()
    checked(app.run())
    assert app.session_state["probe:held"].job.wait(30) == "done"
    assert not checked(app.run()).warning


def test_a_comparison_that_fails_says_so(monkeypatch):
    def failing(spec, data):
        raise UserError("this machine is too small.")

    monkeypatch.setattr(training, "run", failing)
    app = raw(**TINY)
    assert not app.exception
    assert "this machine is too small" in app.error[0].value
    assert not app.info
    monkeypatch.setattr(training, "run", run)
    assert len(frame(checked(app.button(key="probe:again").click().run()))) == 4


def test_projected_only_table_and_curves_are_left():
    app = opened(view="teach")
    assert not app.selectbox
    assert not app.subheader
    assert len(frame(app)) == 4
    assert charts(app) == {"probe:curves"}
