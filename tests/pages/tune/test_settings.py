"""Settings: what each changes, what is computed anew, what is offered."""

import pandas as pd
import pytest
import streamlit as st

from app.adjust import compare
from tests.pages.tune.page import (
    MINE,
    SAMPLE,
    assert_agrees,
    change,
    checked,
    frame,
    has_table,
    link,
    npz,
    opened,
    sentences,
    spec_of,
    upload,
    uploaded,
)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"metric": "accuracy"},
        {"metric": "worst_class"},
        {"metric": "worst_group"},
        {"metric": "few"},
        {"low": -0.5, "high": 1.5},
        {"low": 1.0, "high": 4.5},
        {"judge": "split"},
        {"judge": "same"},
        {"folds": 3, "seed": 7},
        {"adjusters": ["ala", "temperature"]},
        {"adjusters": ["mla", "1vs1", "tau-norm", "vs"], "ties": "head"},
        {"scale": "center"},
        {"prior": "train"},
        {"many": 400, "few": 100},
    ],
    ids=str,
)
def test_each_setting_changes_the_table_as_it_changes_the_library(values):
    app = change(uploaded(samples="20"), **values)
    assert not app.error
    spec = spec_of(app)
    wanted = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    assert {k: getattr(spec, k) for k in values} == wanted
    assert_agrees(app, MINE)


@pytest.fixture
def made(monkeypatch):
    """Names of the adjusters whose paths are computed from now on."""
    st.cache_resource.clear()
    names, make = [], compare.make_tuner

    def counted(name, *rest):
        names.append(name)
        return make(name, *rest)

    monkeypatch.setattr(compare, "make_tuner", counted)
    return names


@pytest.mark.parametrize("query", [{"data": SAMPLE}, {}], ids=["sample", "upload"])
def test_paths_are_computed_once_whatever_is_tuned_for(made, query):
    app = opened(samples="20", adjusters="mla,ala", **query)
    if not query:
        upload(app)
    assert sorted(made) == ["ala", "mla", "raw"]
    made.clear()
    change(app, metric="worst_class")
    change(app, metric="many")
    change(app, low=0.25, high=1.75)
    change(app, judge="same")
    change(app, seed=4)
    change(app, focus="ala")
    checked(app.run())
    assert made == []
    change(app, scale="center")
    assert sorted(made) == ["ala", "mla", "raw"]


def test_only_an_added_adjuster_is_computed(made):
    app = uploaded(samples="20", adjusters="mla")
    made.clear()
    change(app, adjusters=["mla", "ala"])
    assert made == ["ala"]


def test_a_sample_is_computed_once_for_all_sessions(made):
    first = opened(data=SAMPLE, samples="20", adjusters="mla")
    made.clear()
    second = opened(data=SAMPLE, samples="20", adjusters="mla")
    assert made == []
    pd.testing.assert_frame_equal(frame(first), frame(second))


def test_without_adjusters_raw_logits_stand_alone():
    app = change(uploaded(samples="20"), adjusters=[])
    assert frame(app)["Adjuster"].tolist() == ["Raw logits"]
    assert not sentences(app)
    assert link(app)["adjusters"] == ""


def test_adjusters_that_lack_something_are_not_offered():
    without = uploaded(npz(weights=None), samples="20")
    assert "tau-norm" not in frame(without)["Adjuster"].tolist()
    assert "tau-norm" in frame(uploaded(samples="20"))["Adjuster"].tolist()
    # The choice is kept for data that allow it.
    assert "tau-norm" in spec_of(without).adjusters


def test_a_split_is_offered_only_if_the_file_has_one():
    with_split, without = uploaded(samples="20"), uploaded(npz(split=None), samples="20")
    assert len(with_split.selectbox(key="tune.judge").options) == 3
    assert len(without.selectbox(key="tune.judge").options) == 2
    # A link may ask for it all the same.
    assert spec_of(uploaded(npz(split=None), samples="20", judge="split")).judge == "folds"


def test_shares_typed_in_are_used_and_wrong_ones_refused():
    app = change(uploaded(samples="20", adjusters="ala"), prior="custom")
    assert spec_of(app).custom_prior == (1.0,) * 4
    assert_agrees(app, MINE)
    app.text_area(key="tune:custom_prior").set_value("4, 3, 2, 1")
    checked(app.run())
    assert spec_of(app).custom_prior == (4.0, 3.0, 2.0, 1.0)
    assert_agrees(app, MINE)
    for wrong in ("1, 2", "a, b, c, d", "1, 2, 3, -4", "1, 2, 3, 0", "1, 2, 3, nan", ""):
        app.text_area(key="tune:custom_prior").set_value(wrong)
        checked(app.run())
        assert [e.value for e in app.error] == [
            "Shares must be 4 positive numbers separated by commas."
        ]
        assert has_table(app)


@pytest.mark.parametrize("shares", ["", "1,2"])
def test_shares_of_other_classes_give_way_with_a_word(shares):
    app = uploaded(samples="20", prior="custom", custom_prior=shares)
    (warning,) = app.warning
    assert "need 4 shares" in warning.value
    assert spec_of(app).prior == "balanced"
    assert has_table(app)
    assert not checked(app.run()).warning
