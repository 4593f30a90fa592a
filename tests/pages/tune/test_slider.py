"""The value chosen with the slider of the live curves."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from app.adjust.flips import find_flips
from app.data.bundled import load
from app.tune import comparison, judge_by_hand, report
from app.tune.look_up import LookUp, look_up_table
from app.ui.text import plain
from app.ui.tune import results
from tests.pages.tune.page import (
    COUNTS,
    MINE,
    SAMPLE,
    assert_agrees,
    assert_table,
    change,
    checked,
    expected_lines,
    frame,
    live,
    npz,
    opened,
    release,
    spec_of,
    uploaded,
    words,
)


def test_a_released_value_is_in_force_everywhere_and_a_reload_restores_it(downloads):
    app = release(opened(data=SAMPLE, samples="20"), 0.42)
    data, spec = load(SAMPLE), spec_of(app)
    assert spec.value == 0.42
    assert app.query_params["value"] == "0.42"
    assert live(app)["value"] == 0.42
    work = comparison(data, spec)
    raw, tuned = expected_lines(data, spec)[:2]
    line = judge_by_hand(work, tuned, 0.42)
    assert frame(app)["Adjuster"].tolist()[-1] == "MLA, by hand"
    assert frame(app)["Balanced"].iloc[-1] == pytest.approx(100 * line.scores["balanced_accuracy"])
    assert_table(frame(app)[:-1], report(data, spec, expected_lines(data, spec))["adjusters"])
    assert "Chosen by you: gamma = 0.42" in words(app)
    flips = find_flips(work.labels[line.rows], raw.predictions, line.predictions)
    assert f"{flips.fixed.size:,} fixed**, **{flips.broken.size:,} broken" in words(app)
    headings = [s.value for s in app.subheader]
    assert "Take MLA at gamma = 0.42, chosen by you home" in headings
    code = downloads["mla_numpy.py"]()
    assert "gamma = 0.42\n" in code
    scope = {}
    exec(code, scope)
    found = scope["adjust"](data.logits[line.rows]).argmax(axis=1)
    np.testing.assert_array_equal(found, line.predictions)
    rows = pd.read_csv(io.StringIO(downloads["predictions.csv"]()))
    judged = [data.class_names[k] for k in line.predictions]
    assert rows["mla"].iloc[line.rows].tolist() == judged
    numbers = json.loads(downloads["tuning.json"]())
    assert numbers["chosen_by_hand"]["parameters"] == {"gamma": 0.42}
    again = opened(**app.query_params)
    assert spec_of(again) == spec
    pd.testing.assert_frame_equal(frame(again), frame(app))


def test_only_a_value_between_the_positions_of_the_slider_has_them_judged_anew(monkeypatch):
    app, judged = uploaded(samples="20"), []
    look_up = results.look_up
    monkeypatch.setattr(
        results, "look_up", lambda *given: judged.append(given[-1]) or look_up(*given)
    )
    release(app, 0.42)
    assert not judged
    release(app, 0.4242)
    (positions,) = judged
    assert 0.4242 in positions


def test_a_value_is_left_by_the_optimum_and_by_another_adjuster():
    app = release(uploaded(samples="20", adjusters="mla,ala"), 0.3)
    assert "value" in app.query_params
    release(app, None)
    assert spec_of(app).value is None
    assert "value" not in app.query_params
    assert_agrees(app, MINE)
    release(app, 0.3)
    change(app, focus="ala")
    assert (spec_of(app).focus, spec_of(app).value) == ("ala", None)
    release(app, 1.5, "ala")
    change(app, metric="worst_class")
    assert spec_of(app).value == 1.5


@pytest.mark.parametrize(
    "sent", [7, -1, "x", True, [1], {"a": 1}, float("nan"), float("inf"), 10**400], ids=str
)
def test_what_no_slider_can_send_changes_nothing(sent):
    app = release(release(uploaded(samples="20", adjusters="mla"), 0.3), sent)
    assert spec_of(app).value == 0.3
    release(app, 0.7, "ala")
    assert spec_of(app).value == 0.3


def test_a_value_outside_the_bounds_gives_way_with_a_word():
    app = change(release(uploaded(samples="20"), 2.0), high=1.5)
    (warning,) = app.warning
    assert plain("gamma = 2 is not between 0 and 1.5") in warning.value
    assert spec_of(app).value is None
    assert not checked(app.run()).warning


@pytest.mark.parametrize("focus", ["vs", "temperature", "raw"])
def test_an_adjuster_without_a_slider_has_curves_without_a_cursor(focus):
    app = uploaded(samples="20", focus=focus, value="0.5")
    shown = spec_of(app).focus
    assert spec_of(app).value is None
    assert (live(app)["readout"] is None) == (shown == "vs")
    assert len(live(app)["curves"]) == 4


def test_a_value_stays_while_projected_and_can_be_changed_there():
    app = release(opened(data=SAMPLE, samples="20", view="teach", adjusters="mla"), 0.4)
    assert spec_of(app).value == 0.4
    assert app.query_params["view"] == "teach"
    assert live(app)["value"] == 0.4


@pytest.mark.parametrize("extra", ["features", "class_spread"])
def test_the_spread_of_features_marks_a_value_or_says_why_not(extra):
    rng, labels = np.random.default_rng(0), np.arange(80) % 4
    width = np.array(COUNTS) ** -0.5
    given = {
        "features": rng.normal(size=(80, 6)) * width[labels, None],
        "class_spread": 1 / width,
    }
    app = uploaded(npz(**{extra: given[extra]}), samples="20")
    found = {snap["label"]: snap["value"] for snap in live(app)["snaps"]}
    if extra == "features":
        assert found["spread"] == pytest.approx(0.5, abs=0.1)
        assert "which predicts gamma" in words(app)
    else:
        assert "spread" not in found
        assert "predicts no gamma" in words(app)


def test_every_position_of_the_slider_can_be_taken_away():
    table = LookUp(
        positions=np.array([0.0, 1.0]),
        scores={"accuracy": np.array([0.5, 0.6])},
        raw_scores={"accuracy": 0.5},
        recalls=np.array([[0.9, 0.8], [0.1, 0.4]]),
        raw_recalls=np.array([0.9, 0.1]),
        ranks=[slice(0, 1), slice(1, 4)],
        fixed=np.array([0, 3]),
        broken=np.array([0, 1]),
        samples=10,
    )
    columns = look_up_table(table, "gamma")
    assert list(columns) == [
        "gamma",
        "accuracy",
        "fixed",
        "broken",
        "recall of rank 1",
        "recall of rank 2 to 4",
    ]
    np.testing.assert_array_equal(columns["recall of rank 2 to 4"], [0.1, 0.4])
    app = opened(data=SAMPLE, adjusters="mla", samples="20")
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Every position of the slider (.csv)" in labels
