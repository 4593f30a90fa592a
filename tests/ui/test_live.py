import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.errors import UserError
from app.scenes import circle_scene, etf_scene
from app.ui.live import fitting, live_boundaries, scene_data
from app.ui.live_spec import BoundariesSpec, scene_of
from app.ui.live_state import LiveState, read_state
from app.ui.live_words import balanced_accuracy, read_rule, sentences

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"


def open_page(**query):
    page = AppTest.from_file(str(MAIN), default_timeout=30)
    page.switch_page("../pages/boundaries.py")
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def test_the_page_opens_without_a_browser():
    page = open_page()
    assert not page.exception
    assert not page.error
    assert "1vs1adjuster" in " ".join(m.value for m in page.markdown)


@pytest.mark.parametrize(
    "query",
    [
        {"scene": "circle", "classes": "2", "first": "11", "second": "11"},
        {"scene": "circle", "classes": "12", "gamma": "2", "ratio": "1000"},
        {"gamma": "nan", "ratio": "-1", "rules": "", "spread": "<b>"},
        {"rules": "raw,mla,ala,1vs1,tau-norm"},
        {"spread": "0", "s": "0", "ratio": "1"},
    ],
)
def test_any_link_gives_a_page(query):
    page = open_page(**query)
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("num_classes", [2, 3, 12])
def test_a_scene_is_sent_in_under_300_kilobytes(num_classes):
    data = scene_data(circle_scene(num_classes))
    assert len(json.dumps(data)) < 100_000
    assert data["id"] != scene_data(circle_scene(num_classes, seed=1))["id"]


def test_what_the_browser_sends_is_checked_value_by_value():
    state = LiveState()
    sent = {"gamma": 1.5, "tau": 1e9, "ratio": "x", "rules": ["mla", "evil"], "more": 1}
    assert read_state(sent, state) == LiveState(gamma=1.5)
    assert read_state(None, state) == state
    assert read_state({"spread": float("nan")}, state) == state


def test_the_pair_is_two_classes_that_exist():
    for first, second in [(11, 11), (0, 0), (2, 2), (1, 11), (0, 2)]:
        for shown in ([0, 1, 2], [0, 1], [1, 4, 9]):
            fitted = fitting(LiveState(first=first, second=second), shown)
            assert {fitted.first, fitted.second} <= set(shown)
            assert fitted.first != fitted.second
    assert fitting(LiveState(first=1, second=2), [0, 1, 2]) == LiveState(first=1, second=2)


def test_a_link_holds_every_setting():
    spec = BoundariesSpec(scene="circle", classes=7, gamma=1.25, rules=("raw", "1vs1"), seed=3)
    read, problems = BoundariesSpec.from_query(spec.to_query())
    assert read == spec
    assert not problems
    assert scene_of(read).num_classes == 7


def test_autoplay_of_a_missing_slider_is_refused():
    with pytest.raises(UserError, match="autoplay"):
        live_boundaries(etf_scene(), LiveState(), "k", autoplay="colour")


def test_without_imbalance_nothing_flips_and_shares_are_equal():
    scene, state = etf_scene(), LiveState(ratio=1)
    for rule in ("mla", "ala", "1vs1", "tau-norm"):
        reading = read_rule(scene, state, rule)
        raw = read_rule(scene, state, "raw")
        np.testing.assert_array_equal(reading.predictions, raw.predictions)
        np.testing.assert_allclose(reading.shares, raw.shares, atol=1e-9)
        assert reading.shares.sum() + reading.tied == pytest.approx(1)


def test_mla_does_not_depend_on_the_feature_norm_and_ala_does():
    scene = etf_scene()
    near, far = LiveState(norm=1), LiveState(norm=50)
    mla, ala = ([read_rule(scene, s, rule) for s in (near, far)] for rule in ("mla", "ala"))
    np.testing.assert_allclose(mla[0].shares, mla[1].shares)
    assert abs(ala[0].shares - ala[1].shares).max() > 0.1


def test_sentences_say_when_a_cell_is_gone_and_when_votes_run_in_a_circle():
    said = sentences(circle_scene(10), LiveState(gamma=1.0))
    assert len(said) == 3
    assert "41% under MLA" in said[0]
    assert "MLA leaves no cell of its own to 1, 2 and 3" in said[2]
    assert "votes run in a circle on 9.2%" in said[2].lower()
    calm = sentences(etf_scene(), LiveState(gamma=0.2, rules=("raw", "mla")))
    assert "Every class keeps its cell" in calm[2]


def test_balanced_accuracy_is_the_mean_recall():
    scene = etf_scene()
    reading = read_rule(scene, LiveState(spread=0), "raw")
    assert balanced_accuracy(reading, scene.labels) == 1
