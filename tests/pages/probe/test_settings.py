"""Settings, presets and the link."""

import json

import numpy as np
import pytest

from app.probe import METHODS, ProbeSpec
from app.runs.presets import presets
from app.ui.probe import training
from app.ui.probe.spec import ProbePageSpec, from_comparison
from app.ui.probe.words import FAMILIES, SHORT_NAMES
from tests.pages.probe.page import (
    ASKED,
    TINY,
    charts,
    checked,
    control,
    frame,
    opened,
    raw,
    spec_of,
    texts,
)


def test_another_ratio_cuts_the_rows_and_can_be_set_back():
    app = opened(methods="stage1,posthoc-la")
    control(app, "ratio").set_value(50.0)
    checked(app.run())
    assert spec_of(app).ratio == 50
    assert app.query_params["ratio"] == "50.0"
    assert "cut to a ratio of 50" in texts(app)
    control(app, "ratio").set_value("as is")
    checked(app.run())
    assert spec_of(app).ratio is None
    assert "cut to a ratio" not in texts(app)


def test_ticking_a_method_adds_it_and_the_last_one_stays():
    app = opened(methods="stage1")
    control(app, "methods.2").set_value(["balanced-softmax"])
    checked(app.run())
    assert spec_of(app).methods == ("stage1", "balanced-softmax")
    assert app.query_params["methods"] == "stage1,balanced-softmax"
    control(app, "methods.0").set_value([])
    checked(app.run())
    control(app, "methods.2").set_value([])
    app.run()
    assert "at least 1 item" in app.error[0].value
    assert spec_of(app).methods == ("balanced-softmax",)
    assert list(frame(app).index) == ["Balanced softmax"]


def test_delta_is_set_by_its_slider_and_its_gap_follows():
    app = opened()
    control(app, "delta").set_value(0.2)
    checked(app.run())
    assert spec_of(app).delta == 0.2
    assert f"{np.log(1 + 10 * 0.8 / 0.2):.3f}" in texts(app)


def test_rates_are_typed_and_mapped():
    app = opened(methods="stage1,ce")
    assert "probe:sensitivity:ce" not in charts(app)
    control(app, "learning_rates").set_value("0.01, 0.1")
    checked(app.run())
    assert spec_of(app).learning_rates == (0.01, 0.1)
    assert "probe:sensitivity:ce" in charts(app)
    control(app, "learning_rates").set_value("much")
    app.run()
    assert "number" in app.error[0].value
    assert spec_of(app).learning_rates == (0.01, 0.1)


@pytest.mark.parametrize(
    "query",
    [
        {"methods": "<b>", "seeds": "999999", "epochs": "nan"},
        {"data": "../../etc/passwd"},
        {"data": "own-0123456789abcdef"},
        {"delta": "2", "learning_rates": "1,2,x"},
        {"ratio": "0.1", "focus": "everything"},
        {"seeds": "20", "learning_rates": "1,2,3,4,5,6", "weight_decays": "1,2,3,4,5,6"},
    ],
)
def test_any_link_gives_a_page_that_says_what_it_did_not_take(query, monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = checked(raw(**query))
    assert app.warning
    assert spec_of(app).data == "fashion-lt"
    assert app.button(key="probe:run")


def test_a_ratio_that_the_rows_do_not_allow_is_told():
    app = raw(**TINY, ratio="100000")
    assert not app.exception
    assert "largest class" in app.error[0].value


def test_a_link_holds_every_setting():
    spec = ProbePageSpec(
        data="kjv-books",
        ratio=20,
        profile="step",
        methods=("ce", "lort"),
        learning_rates=(0.1, 0.01),
        selection="last",
        look="few",
        focus="lort",
        color="class",
    )
    assert ProbePageSpec.from_query(spec.to_query()) == (spec, [])
    app = opened(look="medium", delta="0.5")
    query = {name: app.query_params[name] for name in app.query_params}
    assert ProbePageSpec.from_query(query) == (spec_of(app), [])


@pytest.mark.parametrize("preset", presets(ProbeSpec), ids=lambda preset: preset.name)
def test_every_preset_opens(preset, monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = opened()
    checked(app.button(key=f"probe:preset:{preset.name}").click().run())
    assert spec_of(app).comparison() == preset.spec
    assert preset.words in texts(app)
    assert from_comparison(preset.spec).comparison() == preset.spec


def test_every_method_can_be_ticked_once():
    assert sorted(name for names in FAMILIES.values() for name in names) == sorted(METHODS)
    assert SHORT_NAMES.keys() == METHODS.keys()
    assert len(set(SHORT_NAMES.values())) == len(METHODS)


def test_the_page_settings_are_those_of_the_comparison_and_more():
    assert json.loads(from_comparison(ASKED).comparison().model_dump_json()) == json.loads(
        ASKED.model_dump_json()
    )
    assert ProbePageSpec(methods=("ce", "lort"), focus="crt").focused() == "lort"
