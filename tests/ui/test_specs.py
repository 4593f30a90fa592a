"""Controls, address and settings agree; the page here draws a control for every field."""

from typing import ClassVar

import pytest
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest

from app.spec import Spec, bounds
from app.tune import TuneSpec
from app.ui.text import plain
from tests.strategies import specs_of

DEFAULTS = TuneSpec()


def page():
    import streamlit as st

    from app.tune import TuneSpec
    from app.ui.specs import close_spec, control, open_spec

    spec = open_spec(TuneSpec, "p", st.session_state.get("presets"))
    if st.session_state.get("away"):
        st.stop()
    allowed = st.session_state.get("allowed", {})
    values = {
        name: control(spec, "p", name, allowed=allowed.get(name))
        for name in TuneSpec.model_fields
        if name != "custom_prior"  # /tune has a control of its own for it
    }
    close_spec(spec, "p", values)


def opened(query=None, **state):
    app = AppTest.from_function(page, default_timeout=30)
    app.query_params.update(query or {})
    for name, value in state.items():
        app.session_state[name] = value
    return checked(app.run())


def checked(app):
    assert not app.exception, app.exception
    return app


def spec_of(app):
    return app.session_state["p:spec"]


specs = specs_of(TuneSpec)


@settings(max_examples=12, deadline=None)
@given(specs)
def test_settings_survive_link_page_and_address(spec):
    app = opened(spec.to_query())
    assert spec_of(app) == spec
    assert not app.warning
    assert spec_of(opened(app.query_params)) == spec


@settings(max_examples=6, deadline=None)
@given(specs)
def test_controls_show_what_the_link_says(spec):
    app = opened(spec.to_query())
    shown = (app.selectbox, app.number_input, app.toggle, app.text_input)
    values = {w.key.removeprefix("p."): w.value for group in shown for w in group}
    values["adjusters"] = tuple(app.button_group[0].value)
    assert values == {name: getattr(spec, name) for name in values}
    assert values.keys() | {"custom_prior"} == TuneSpec.model_fields.keys()


def test_defaults_leave_the_address_empty():
    assert opened().query_params == {}
    assert opened(DEFAULTS.to_query()).query_params == {}


def test_a_changed_control_is_in_the_address_and_back_at_its_default_is_not():
    app = opened()
    checked(app.number_input(key="p.seed").set_value(7).run())
    checked(app.toggle(key="p.norms").set_value(True).run())
    assert app.query_params == {"seed": "7", "norms": "1"}
    checked(app.number_input(key="p.seed").set_value(0).run())
    assert app.query_params == {"norms": "1"}
    assert spec_of(app) == TuneSpec(norms=True)


def test_numbers_are_bounded_as_their_fields_are():
    for control in opened().number_input:
        field = TuneSpec.model_fields[control.key.removeprefix("p.")]
        assert (control.min, control.max) == bounds(field)
        assert control.help.startswith(field.description)


@pytest.mark.parametrize(
    "query",
    [
        {"seed": "-5"},
        {"low": "9", "high": "3"},
        {"low": "3", "high": "1"},
        {"low": "nan"},
        {"metric": "xyz"},
        {"metric": "<script>alert(1)</script>"},
        {"adjusters": "foo"},
        {"adjusters": "mla,**foo**"},
        {"seed": "9" * 100_000},
        {"data": "x" * 100_000},
        {"custom_prior": "1,a"},
    ],
)
def test_every_wrong_value_gives_one_sentence_and_a_page(query):
    app = opened(query)
    expected, problems = TuneSpec.from_query(query)
    assert spec_of(app) == expected
    assert [w.value for w in app.warning] == [plain(p) for p in problems]
    assert problems
    assert all(p.endswith(".") and len(p) < 250 for p in problems)
    assert not opened(app.query_params).warning


class Moved(Spec):
    """Settings whose only field had another name and unit in version 1."""

    schema_version = 2
    changes: ClassVar = {1: lambda old: {"seconds": str(60 * int(old["minutes"]))}}
    seconds: int = 0
    seed: int = 0


def moved_page():
    from app.ui.specs import close_spec, open_spec
    from tests.ui.test_specs import Moved

    close_spec(open_spec(Moved, "p"), "p", {})


def opened_moved(**query):
    app = AppTest.from_function(moved_page)
    app.query_params.update(query)
    return checked(app.run())


def test_a_link_of_an_older_version_opens_and_the_address_becomes_that_of_now():
    for old in ({"minutes": "2"}, {"minutes": "2", "v": "1"}):
        app = opened_moved(**old)
        assert spec_of(app).seconds == 120
        assert not app.warning
        assert app.query_params == {"seconds": "120", "v": "2"}
        checked(app.run())
        assert spec_of(app).seconds == 120


def test_a_link_of_a_newer_version_opens_as_far_as_it_is_known_with_a_sentence():
    app = opened_moved(seconds="5", other="1", v="3")
    assert spec_of(app).seconds == 5
    (warning,) = app.warning
    assert "version '3'" in warning.value.replace("\\", "")
    assert app.query_params == {"seconds": "5", "v": "2"}


def test_keys_of_others_are_no_problem_and_the_view_is_kept():
    app = opened({"view": "teach", "v": "1", "utm": "x", "seed": "3"})
    assert not app.warning
    assert app.query_params == {"view": "teach", "seed": "3"}


def test_settings_that_do_not_fit_together_are_explained_and_the_last_ones_stay():
    app = opened({"high": "2.0"})
    checked(app.number_input(key="p.low").set_value(4.0).run())
    (error,) = app.error
    assert "'From' must be below 'To', got 4 and 2" in error.value
    assert spec_of(app) == TuneSpec(high=2.0)
    assert app.query_params == {"high": "2.0"}
    checked(app.number_input(key="p.high").set_value(5.0).run())
    assert not app.error
    assert spec_of(app) == TuneSpec(low=4.0, high=5.0)


def test_another_link_in_the_same_session_wins():
    app = opened({"seed": "3", "metric": "few"})
    app.query_params = {"seed": "4"}
    checked(app.run())
    assert spec_of(app) == TuneSpec(seed=4)
    assert app.number_input(key="p.seed").value == 4
    assert app.selectbox(key="p.metric").value == "balanced_accuracy"


def test_without_a_link_settings_are_as_they_were_left():
    app = opened({"seed": "3"})
    app.query_params = {}
    checked(app.run())
    assert spec_of(app) == TuneSpec(seed=3)
    assert app.query_params == {"seed": "3"}


def test_controls_that_were_away_come_back_as_they_were_left():
    app = opened()
    checked(app.number_input(key="p.seed").set_value(7).run())
    checked(app.selectbox(key="p.metric").set_value("few").run())
    checked(app.button_group[0].set_value(["ala"]).run())
    left = spec_of(app)
    app.session_state["away"] = True
    checked(app.run())
    assert not app.number_input
    app.session_state["away"] = False
    checked(app.run())
    assert spec_of(app) == left == TuneSpec(seed=7, metric="few", adjusters=("ala",))
    assert app.number_input(key="p.seed").value == 7
    assert app.button_group[0].value == ["ala"]


def test_a_setting_that_was_refused_comes_back_with_its_reason():
    app = opened()
    checked(app.number_input(key="p.low").set_value(4.0).run())
    for away in (True, False):
        app.session_state["away"] = away
        checked(app.run())
    assert app.number_input(key="p.low").value == 4.0
    assert len(app.error) == 1
    assert spec_of(app) == DEFAULTS


def test_other_settings_wait_until_all_fit_together():
    app = opened()
    checked(app.number_input(key="p.low").set_value(4.0).run())
    checked(app.number_input(key="p.seed").set_value(7).run())
    assert spec_of(app) == DEFAULTS
    checked(app.number_input(key="p.low").set_value(1.0).run())
    assert spec_of(app) == TuneSpec(low=1.0, seed=7)


PRESETS = {"judge": "split", "many": 1000, "few": 200}


def test_presets_fill_what_the_link_leaves_out():
    assert spec_of(opened({"seed": "1"}, presets=PRESETS)) == TuneSpec(seed=1, **PRESETS)
    linked = opened({"judge": "same", "few": "150"}, presets=PRESETS)
    assert spec_of(linked) == TuneSpec(judge="same", many=1000, few=150)


def test_presets_give_way_where_they_do_not_fit_the_link():
    app = opened({"many": "50"}, presets=PRESETS)
    assert spec_of(app) == TuneSpec(many=50)
    assert not app.warning


def test_a_preset_field_at_its_default_stays_in_the_address():
    app = opened({"seed": "1"}, presets=PRESETS)
    checked(app.selectbox(key="p.judge").set_value("folds").run())
    assert app.query_params["judge"] == "folds"
    assert spec_of(opened(app.query_params, presets=PRESETS)) == spec_of(app)


def test_choices_that_the_data_do_not_allow_are_kept_for_other_data():
    app = opened({"adjusters": "mla,tau-norm"}, allowed={"adjusters": ("mla", "ala")})
    assert app.button_group[0].value == ["mla"]
    checked(app.button_group[0].set_value(["mla", "ala"]).run())
    assert set(spec_of(app).adjusters) == {"mla", "ala", "tau-norm"}


def test_a_choice_that_the_data_do_not_allow_becomes_the_first_allowed():
    app = opened({"judge": "split"}, allowed={"judge": ("folds", "same")})
    assert spec_of(app).judge == "folds"
