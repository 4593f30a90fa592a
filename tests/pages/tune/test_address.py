"""The address, the link that is copied, and what stands in neither."""

import pandas as pd
import pytest

from app.data.bundled import SAMPLES
from app.tune import TuneSpec
from app.ui.text import plain
from tests.pages.tune.page import (
    SAMPLE,
    change,
    checked,
    frame,
    has_table,
    link,
    opened,
    sentences,
    spec_of,
)


def test_the_address_holds_every_changed_field_and_the_link_all():
    app = opened(data=SAMPLE, samples="20")
    change(app, metric="few", low=0.5, high=2.5, judge="folds", groups=True)
    change(app, folds=3, seed=9, many=900, few=300, scale="center", ties="head", norms=True)
    change(app, adjusters=["mla", "ala"], focus="ala")
    spec = spec_of(app)
    assert app.query_params == {
        "data": SAMPLE,
        "samples": "20",
        "metric": "few",
        "low": "0.5",
        "high": "2.5",
        "judge": "folds",
        "groups": "1",
        "folds": "3",
        "seed": "9",
        "many": "900",
        "few": "300",
        "scale": "center",
        "ties": "head",
        "norms": "1",
        "adjusters": "mla,ala",
        "focus": "ala",
    }
    assert link(app) == spec.to_query()
    for address in (app.query_params, link(app)):
        again = opened(**address)
        assert spec_of(again) == spec
        pd.testing.assert_frame_equal(frame(again), frame(app))


@pytest.mark.parametrize("judge", ["folds", "split", "same"])
def test_a_reload_restores_settings_even_where_the_sample_suggests_others(judge):
    app = change(opened(data=SAMPLE, samples="20", adjusters=""), judge=judge, many=100, few=20)
    assert spec_of(opened(**app.query_params)) == spec_of(app)


GARBAGE = [
    {"seed": "-5"},
    {"low": "9"},
    {"low": "nan"},
    {"high": "1e999"},
    {"metric": "xyz"},
    {"adjusters": "foo"},
    {"adjusters": "mla,<b>"},
    {"low": "3", "high": "1"},
    {"few": "500", "many": "5"},
    {"folds": "0"},
    {"samples": "1000000000"},
    {"data": "x" * 100_000},
    {"seed": "1" * 100_000},
    {"metric": "<script>alert(1)</script>"},
    {"custom_prior": "1,2,x"},
    {"groups": "maybe"},
    {"value": "much"},
    {"value": "9"},
]


@pytest.mark.parametrize("with_sample", [False, True], ids=["alone", "with a sample"])
@pytest.mark.parametrize("query", GARBAGE, ids=lambda q: "&".join(f"{k}={q[k][:9]}" for k in q))
def test_garbage_in_the_address_gives_one_sentence_a_value(query, with_sample):
    sample = {"data": SAMPLE, "samples": "20"} if with_sample else {}
    app = opened(**(sample | query))
    found = sentences(app)
    assert 1 <= len(found) <= len(query) + 1
    assert all(len(text) < 300 and text.endswith(r"\.") for text in found)
    assert app.title
    assert not app.error
    # What is in force fits together and can be shared.
    assert TuneSpec.from_query(link(app)) == (spec_of(app), [])


@pytest.mark.parametrize("name", ["../../etc/passwd", "nope", "<script>", "fashion-lt.safetensors"])
def test_an_unknown_sample_is_named_and_another_can_be_opened(name):
    app = opened(data=name, samples="20", adjusters="")
    assert [e.value for e in app.error] == [
        plain(f"the sample must be one of: {', '.join(SAMPLES)}; got {name!r}.")
    ]
    assert link(app)["data"] == name
    app.button(key=f"tune:sample:{SAMPLE}").click()
    assert has_table(checked(app.run()))
    assert not app.error


def test_unknown_keys_and_views_are_ignored():
    app = opened(utm="<script>", view="<script>", data=SAMPLE, samples="20")
    assert not sentences(app)
    assert "utm" not in app.query_params
