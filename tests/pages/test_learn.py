"""The page /learn as a user meets it, without a browser."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.centers import CentersSpec
from app.runs.presets import presets
from app.tune import TuneSpec
from app.ufm import UFMSpec
from app.ufm.sweep import MAX_SIZE, SweepSpec
from app.ui import jobs
from app.ui.centers.spec import CentersPageSpec
from app.ui.collapse.spec import CollapseSpec
from app.ui.learn.content import lessons
from app.ui.learn.facts import training_facts
from app.ui.learn.spec import NUMBERS, LessonSpec
from app.ui.live_spec import BoundariesSpec
from app.ui.minority.spec import MinoritySpec
from tests.definitions import without_definitions
from tests.pages.own_store import own_store
from tests.pages.scripts import made_by, shown_scripts

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"
PLACES = [(n, v) for n, lesson in enumerate(lessons(), 1) for v in range(len(lesson.variants))]
REAL_PAGES = {
    "collapse": CollapseSpec,
    "minority": MinoritySpec,
    "centers": CentersPageSpec,
    "boundaries": BoundariesSpec,
    "tune": TuneSpec,
}


@pytest.fixture(scope="module", autouse=True)
def _own_store(tmp_path_factory):
    """One for all tests, so that what is not bundled is trained once."""
    with own_store(tmp_path_factory.mktemp("learn")):
        yield


def opened(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/learn.py")
    app.query_params.update({name: str(value) for name, value in query.items()})
    return checked(app.run())


def checked(app):
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def acted(app, key, value):
    """What a component leaves behind when something in it has been released."""
    app.session_state[key] = value
    return checked(app.run())


def spec_of(app):
    return app.session_state["learn:spec"]


def texts(app):
    return without_definitions(" ".join(m.value for m in app.markdown))


def link(app):
    """Page and query of the link at the end of a step, which is drawn after its figure's."""
    by_label = {e.proto.label: e.proto for e in app.get("page_link")}
    proto = by_label[lessons()[spec_of(app).step - 1].link]
    return proto.page, dict(parse_qsl(proto.query_string, keep_blank_values=True))


def components(app, name):
    found = [e.proto for e in app.get("bidi_component") if name in e.proto.component_name]
    return [json.loads(proto.json) for proto in found]


def test_there_is_a_lesson_for_every_step():
    assert len(lessons()) == len(NUMBERS) == 6


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.short)
def test_no_number_is_typed(lesson):
    """Names like the 1vs1adjuster's aside, digits come from what is shown."""
    words = [s for variant in lesson.variants for s in variant.sentences]
    for text in [*words, lesson.exercise, lesson.question]:
        assert not re.search(r"\d", re.sub(r"\{\w+\}|1vs1", "", text)), text


@pytest.mark.parametrize(("step", "variant"), PLACES)
def test_every_step_opens_with_its_sentences_and_a_link_to_the_real_page(step, variant):
    app, lesson = opened(step=step, variant=variant), lessons()[step - 1]
    assert app.title[0].value == f"{step}. {lesson.title}"
    assert "{" not in texts(app).replace("n^{-\\gamma}", "")
    assert lesson.question in [e.label for e in app.expander]
    assert not app.warning
    assert spec_of(app).done == ()
    page, query = link(app)
    there, problems = REAL_PAGES[page].from_query(query)
    assert not problems
    preset = lesson.variant(variant).preset
    if page in ("collapse", "centers"):
        kind = UFMSpec if page == "collapse" else CentersSpec
        assert there.model() == next(p.spec for p in presets(kind) if p.name == preset)
    elif page == "minority":
        assert there.sweep() == next(p.spec for p in presets(SweepSpec) if p.name == preset)
    else:
        assert preset == (there.scene if page == "boundaries" else there.data)


def test_angles_and_lengths_are_those_of_the_run():
    model = next(p.spec for p in presets(UFMSpec) if p.name == "03-seli-100")
    run = jobs.store().load(model.id)
    text = texts(opened(step=2, variant=1))
    W, tail = np.asarray(run.arrays["classifier"]), np.argsort(model.counts)[:5]
    first, second = W[tail[0]], W[tail[1]]
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert f"only {np.degrees(np.arccos(cosine)):.0f}° apart" in text
    assert "5 samples and one of the head 500, 100 times as many" in text


def test_a_simplex_gets_its_angle_and_unequal_angles_get_a_range():
    model = UFMSpec(counts=(6, 6, 2), dim=3)
    rows = np.array([[1.0, 0, 0], [0, 2.0, 0], [-1.0, 0, 0]])
    run = type("Made", (), {"arrays": {"classifier": rows, "means": 2 * rows}})()
    ends = [type("Made", (), {"step": n, "metrics": {"theory_logits": n}})() for n in (0, 7)]
    facts = training_facts(model, run, ends, "theory")
    assert facts["etf_angle"] == "120°"
    assert facts["angle"] == "90° to 180°"
    assert facts["head_angle"] == "90°"
    assert facts["tail_length"] == "67%"
    assert (facts["ratio"], facts["start_distance"], facts["end_distance"]) == ("3", "zero", "7")


def test_back_and_next_lead_through_the_steps():
    app = opened()
    assert app.button(key="learn:move:-1").disabled
    for step in NUMBERS[1:]:
        checked(app.button(key="learn:move:1").click().run())
        assert spec_of(app).step == step
        assert app.query_params["step"] == str(step)
    assert app.button(key="learn:move:1").disabled
    checked(app.button(key="learn:move:-1").click().run())
    assert spec_of(app).step == 5
    checked(app.button(key="learn:step:2").click().run())
    assert spec_of(app) == LessonSpec(step=2)


@pytest.mark.parametrize("step", [2, 4])
def test_another_run_ticks_the_step_and_the_link_keeps_it(step):
    app = opened(step=step, done="1")
    checked(app.button(key=f"learn:variant:{step}:0").click().run())
    assert spec_of(app).done == (1,)
    checked(app.button(key=f"learn:variant:{step}:1").click().run())
    assert spec_of(app).done == (1, step)
    assert app.button(key=f"learn:step:{step}").label.startswith("✓")
    assert "✓ Done" in texts(app)
    assert app.query_params["done"] == f"1,{step}"
    again = opened(**app.query_params)
    assert spec_of(again) == spec_of(app)


def test_moving_the_player_ticks_the_first_step():
    app = acted(opened(), "learn:player:chosen", None)
    assert spec_of(app).done == ()
    acted(app, "learn:player:chosen", 0)
    assert spec_of(app).done == (1,)
    assert link(app)[1]["shown"] == "0"
    checked(app.run())
    assert components(app, "player")[0]["shown"] == 0


def test_a_merged_cell_ticks_the_third_step():
    app = opened(step=3)
    app.number_input(key="learn.row").set_value(0)
    checked(app.number_input(key="learn.column").set_value(0).run())
    assert spec_of(app).done == ()
    acted(app, "minority:clicked", {"row": 9, "column": 14})
    assert "| Measured | II: minority merged |" in texts(app)
    assert spec_of(app).done == (3,)
    assert (spec_of(app).row, spec_of(app).column) == (9, 14)
    assert link(app)[1] == {"row": "9", "column": "14"}


def test_gamma_ticks_the_fifth_step_and_the_sentences_follow():
    app = acted(opened(step=5), "learn:live:committed", {"gamma": 0.2})
    assert "gamma = 0.20" in texts(app)
    assert spec_of(app).done == ()
    acted(app, "learn:live:committed", {"gamma": 0.75})
    assert "gamma = 0.75" in texts(app)
    assert spec_of(app).done == (5,)
    assert link(app)[1]["gamma"] == "0.75"


def test_a_gamma_near_the_best_ticks_the_last_step():
    app = acted(opened(step=6), "tune:committed", {"focus": "mla", "value": 2.5})
    assert spec_of(app).gamma == 2.5
    assert spec_of(app).done == ()
    acted(app, "tune:committed", {"focus": "mla", "value": 0.27})
    assert spec_of(app).done == (6,)
    # A double click on its slider asks for the tuned value.
    acted(app, "tune:committed", {"focus": "mla", "value": None})
    assert spec_of(app).gamma == pytest.approx(0.267, abs=1e-3)


def test_a_link_to_what_an_exercise_asks_for_does_not_do_it():
    assert spec_of(opened(step=5, gamma=1.0)).done == ()
    assert spec_of(opened(step=1, shown=0)).done == ()


@pytest.mark.parametrize("step", [1, 3, 5])
def test_projected_figure_sentences_question_and_the_way_on_are_left(step):
    app = opened(step=step, view="teach")
    assert [e.label for e in app.expander] == [lessons()[step - 1].question]
    assert not app.number_input
    assert "Try it" not in texts(app)
    assert f"{step} of 6" in texts(app)
    assert components(app, "lesson_keys") == [{"teaching": True}]
    checked(app.button(key="learn:move:1").click().run())
    assert spec_of(app).step == step + 1
    assert app.query_params["view"] == "teach"


@pytest.mark.parametrize(
    "query",
    [
        {"step": "7"},
        {"step": "<b>", "done": "9,1"},
        {"variant": "99"},
        {"step": "3", "row": "-4", "column": "1e9"},
        {"step": "5", "gamma": "nan", "rules": "x"},
    ],
)
def test_any_link_gives_a_page_that_says_what_it_did_not_take(query):
    assert opened(**query).warning


@settings(max_examples=50, deadline=None)
@given(
    st.builds(
        LessonSpec,
        step=st.sampled_from(NUMBERS),
        done=st.lists(st.sampled_from(NUMBERS)).map(tuple),
        variant=st.integers(0, 3),
        shown=st.none() | st.integers(0, 10**7),
        row=st.none() | st.integers(0, MAX_SIZE - 1),
        column=st.none() | st.integers(0, MAX_SIZE - 1),
        gamma=st.floats(0, 3),
        ratio=st.floats(1, 1000),
    )
)
def test_settings_survive_their_link(spec):
    assert LessonSpec.from_query(spec.to_query()) == (spec, [])
    assert spec.picture().gamma == min(spec.gamma, 2)


@pytest.mark.parametrize("step", NUMBERS)
def test_every_figure_comes_with_its_script(step, tmp_path, monkeypatch):
    scripts = shown_scripts(opened(step=step))
    for code in scripts.values():
        assert made_by(code, tmp_path, monkeypatch).data
    films = {"learn-player-geometry", "learn-player-curves"}
    single = {3: {"minority-map"}, 5: {"learn-regions"}, 6: {"learn-curves"}}
    assert set(scripts) == single.get(step, films)
