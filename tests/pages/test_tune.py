"""The page /tune as a user meets it, without a browser."""

import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from click.testing import CliRunner
from streamlit.elements.widgets import button as button_module
from streamlit.testing.v1 import AppTest

from app.adjust import compare
from app.adjust.flips import find_flips
from app.adjust.metrics import METRIC_TITLES, SHORT_TITLES
from app.cli import app as command_line
from app.data import TEMPLATE_FORMATS, read_upload, write_template
from app.data.bundled import SAMPLES, load
from app.tune import TuneSpec, bundled_spec, comparison, judge_by_hand, report
from app.tune.look_up import LookUp, look_up_table
from app.ui.text import plain
from app.ui.tune import results
from tests.definitions import without_definitions
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SAMPLE = "fashion-lt"
COUNTS = (500, 120, 40, 10)
NAMES = ("cat", "dog", "fox", "owl")


def arrays(**changes):
    """A classifier that favours head classes; a change to None leaves an array out."""
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    logits = rng.normal(size=(80, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1] + 2
    weights = rng.normal(size=(4, 6)) * np.array([[2], [1.5], [1], [0.5]])
    found = {
        "logits": logits,
        "labels": labels,
        "class_counts": np.array(COUNTS),
        "class_names": np.array(NAMES),
        "split": np.array(["tune", "judge"])[np.arange(80) // 4 % 2],
        "weights": weights,
    }
    return {k: v for k, v in (found | changes).items() if v is not None}


def npz(**changes):
    out = io.BytesIO()
    np.savez(out, **arrays(**changes))
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def opened(**query):
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    app.switch_page("../pages/tune.py")
    app.query_params.update(query)
    return checked(app.run())


def checked(app):
    """The app after a run, with nothing on it that is our fault."""
    assert not app.exception, app.exception
    assert not [e.value for e in app.error if e.value.startswith("Sorry")]
    return app


def upload(app, content=None, name="mine.npz", place=0):
    content = npz() if content is None else content
    app.file_uploader[place].set_value((name, content, "application/octet-stream"))
    return checked(app.run())


def uploaded(content=None, name="mine.npz", **query):
    return upload(opened(**query), content, name)


def change(app, **values):
    """Set controls of settings by the name of their field."""
    widgets = [*app.selectbox, *app.number_input, *app.toggle, *app.button_group]
    by_key = {w.key: w for w in widgets}
    for name, value in values.items():
        by_key[f"tune.{name}"].set_value(value)
    return checked(app.run())


def spec_of(app):
    return app.session_state["tune:spec"]


def tables(app):
    return [d.value for d in app.dataframe if "Adjuster" in d.value]


def frame(app):
    """The comparison as it is shown, shares in per cent."""
    (found,) = tables(app)
    return found


def has_table(app):
    return bool(tables(app))


def charts(app):
    return {c.key: c.proto for c in app.get("plotly_chart")}


def sentences(app):
    return [e.value for kind in (app.error, app.warning, app.info) for e in kind]


def words(app):
    """Everything the page says in prose."""
    shown = "\n".join(e.value for kind in (app.markdown, app.caption) for e in kind)
    return without_definitions(shown)


def live(app):
    """What the live curves were given."""
    (component,) = (c.proto for c in app.get("bidi_component") if c.key == "tune:live")
    return json.loads(component.json)


def release(app, value, focus="mla"):
    """Let the slider of the live curves go at a value, as the browser reports it."""
    app.session_state["tune:committed"] = {"focus": focus, "value": value}
    return checked(app.run())


def link(app):
    (component,) = (c.proto for c in app.get("bidi_component") if c.key == "tune:copy")
    return dict(parse_qsl(urlsplit(json.loads(component.json)["link"]).query, True))


def expected_lines(data, spec):
    work = comparison(data, spec)
    names = tuple(n for n in spec.adjusters if work.available(n))
    return list(
        work.lines(
            names,
            spec.metric,
            (spec.low, spec.high),
            judge=spec.judge,
            folds=spec.folds,
            seed=spec.seed,
            samples=spec.samples,
        )
    )


def assert_table(table, records):
    """The table's numbers are those of a report's records."""
    assert table["Adjuster"].tolist() == [r["title"] for r in records]
    for metric, title in SHORT_TITLES.items():
        values = [np.nan if r[metric] is None else 100 * r[metric] for r in records]
        np.testing.assert_allclose(table[title], values, rtol=1e-12)
    for column, name in (("NLL", "nll"), ("ECE", "ece"), ("p", "p_value")):
        values = [np.nan if r[name] is None else r[name] for r in records]
        np.testing.assert_allclose(table[column], values, rtol=1e-12)
    for text, record in zip(table["Parameter"], records, strict=True):
        shown = [float(number) for number in re.findall(r"= (-?[\d.]+)", text)]
        assert shown == pytest.approx(list(record["parameters"].values()), abs=5.1e-4)


def assert_agrees(app, data):
    spec = spec_of(app)
    assert_table(frame(app), report(data, spec, expected_lines(data, spec))["adjusters"])


MINE = read_upload(io.BytesIO(npz()), "mine.npz")


# First paint, samples and templates


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


# Settings


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


# The address


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


# The value chosen with the slider


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


# The projector view


def test_the_projected_page_keeps_the_figure_and_hides_the_controls():
    app = opened(data=SAMPLE, samples="20", view="teach")
    assert not charts(app)
    assert has_table(app)
    for controls in (app.selectbox, app.number_input, app.toggle, app.button_group):
        assert not controls
    assert not app.file_uploader
    assert [b.key for b in app.button] == ["tune:present"]
    beside = opened(data=SAMPLE, samples="20")
    assert (live(app)["large"], live(beside)["large"]) == (True, False)
    assert live(app)["id"] == live(beside)["id"]
    pd.testing.assert_frame_equal(frame(app), frame(beside))


def test_an_upload_stays_while_projected_and_settings_too():
    app = change(uploaded(samples="20"), metric="few", seed=5)
    change(app, adjusters=["ala", "1vs1"], prior="custom", groups=True)
    app.text_area(key="tune:custom_prior").set_value("4, 3, 2, 1.25")
    before, spec = frame(checked(app.run())), spec_of(app)
    assert spec.custom_prior == (4, 3, 2, 1.25)
    app.button(key="tune:present").click()
    checked(app.run())
    assert app.query_params["view"] == "teach"
    assert app.button(key="tune:present").label == "Leave"
    pd.testing.assert_frame_equal(frame(app), before)
    app.button(key="tune:present").click()
    checked(app.run())
    assert "view" not in app.query_params
    assert app.selectbox(key="tune.metric").value == "few"
    assert app.text_area(key="tune:custom_prior").value == "4, 3, 2, 1.25"
    assert spec_of(app) == spec
    pd.testing.assert_frame_equal(frame(app), before)


@pytest.mark.parametrize("query", [{"data": "nope"}, {"data": SAMPLE, "metric": "few", "few": "1"}])
def test_the_projector_view_can_be_left_beside_an_error(query):
    app = opened(view="teach", samples="20", **query)
    assert len(app.error) == 1
    app.button(key="tune:present").click()
    checked(app.run())
    assert "view" not in app.query_params
    assert len(app.file_uploader) == 1


def test_an_upload_stays_while_another_page_is_open():
    app = change(uploaded(samples="20"), seed=5, adjusters=["ala"])
    change(app, metric="few", high=2.0)
    before, spec = frame(app), spec_of(app)
    app.switch_page("../pages/start.py")
    checked(app.run())
    assert app.title[0].value == "Collapse Lab"
    app.switch_page("../pages/tune.py")
    checked(app.run())
    assert spec_of(app) == spec
    assert app.query_params["seed"] == "5"
    pd.testing.assert_frame_equal(frame(app), before)
    assert "uploaded before" in words(app)
    app.button(key="tune:forget").click()
    assert not has_table(checked(app.run()))


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


# What the data are, and what to be warned of


def test_a_class_without_samples_is_not_available_and_never_zero():
    labels = np.arange(80) % 3
    app = uploaded(npz(labels=labels), samples="20")
    assert any("No samples of owl" in w.value for w in app.warning)
    assert {m.label: m.value for m in app.metric}["Few"] == "n/a"
    table = frame(app)
    assert table["Few"].isna().all()
    assert (table["Worst class"] > 0).all()
    recalls = expected_lines(read_upload(io.BytesIO(npz(labels=labels)), "a.npz"), TuneSpec())
    assert np.isnan(recalls[0].recalls[3])
    assert "of 3." in charts(app)["tune:gains"].alt


@pytest.mark.parametrize("adjusters", ["mla", ""])
def test_an_empty_group_as_metric_gives_one_sentence_or_na_and_can_be_left(adjusters):
    app = uploaded(npz(class_counts=np.array([500, 120, 40, 30])), samples="20", metric="few")
    (error,) = app.error
    assert error.value.startswith("few is not defined")
    change(app, adjusters=[a for a in [adjusters] if a])
    assert {m.label: m.value for m in app.metric}["Few"] == "n/a"
    assert "nan" not in "".join(c.alt + c.spec for c in charts(app).values()).lower()
    change(app, metric="balanced_accuracy")
    assert not app.error
    assert frame(app)["Few"].isna().all()


def test_probabilities_are_warned_of_until_their_logarithms_are_taken():
    z = arrays()["logits"]
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    app = uploaded(npz(logits=shares), samples="20")
    assert any("look like probabilities" in w.value for w in app.warning)
    change(app, scale="log")
    assert not app.warning


@pytest.mark.parametrize("query", [{}, {"scale": "log"}], ids=["chosen", "in the link"])
def test_logarithms_of_logits_are_refused_and_can_be_undone(query):
    app = change(uploaded(samples="20", **query), scale="log")
    for _ in range(2):
        assert len(app.error) == 1
        assert not has_table(app)
        checked(app.run())
    change(app, scale="as-is")
    assert not app.error
    assert_agrees(app, MINE)


def test_rows_of_negative_logits_are_warned_of_with_their_number():
    z = arrays()["logits"]
    z[:8] = -np.abs(z[:8]) - 0.1
    app = uploaded(npz(logits=z), samples="20")
    (warning,) = app.warning
    assert warning.value.startswith(r"In 8 rows \(10\.0%\) every logit is negative")
    assert not change(app, scale="center").warning


def test_too_few_rows_for_the_folds_are_explained_and_can_be_judged_otherwise():
    few = {k: v[:3] for k, v in arrays().items() if k in ("logits", "labels")}
    app = uploaded(npz(**few, split=None), samples="20")
    assert [e.value for e in app.error] == [
        plain("folds must be between 2 and the 3 samples, got 5.")
    ]
    assert has_table(change(app, judge="same"))
    assert not app.error


@pytest.mark.parametrize("num_classes", [2, 1500])
def test_two_classes_and_many_work(num_classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, num_classes, 60)
    content = npz(
        logits=rng.normal(size=(60, num_classes)),
        labels=labels,
        class_counts=np.arange(num_classes, 0, -1),
        class_names=None,
        split=None,
        weights=None,
    )
    app = uploaded(content, samples="20", judge="same")
    assert has_table(app)
    assert not app.error
    assert ("1vs1adjuster" in frame(app)["Adjuster"].tolist()) == (num_classes == 2)


# What the file lacks


def test_ambiguous_logits_are_asked_for_and_must_be_one_of_them():
    z = arrays()["logits"]
    app = uploaded(npz(logits=None, val=z, test=-z), samples="20")
    assert len(app.info) == 1
    assert not has_table(app)
    assert app.selectbox[0].options == ["val", "test"]
    app.selectbox[0].set_value("val")
    assert_agrees(checked(app.run()), MINE)
    checked(app.run())
    assert not app.info


def test_ambiguous_labels_may_be_none_of_the_arrays():
    app = uploaded(npz(y=np.zeros(80, int), targets=np.zeros(80, int)), samples="20")
    assert app.selectbox[0].options == ["labels", "y", "targets", "None of these"]
    app.selectbox[0].set_value("None of these")
    checked(app.run())
    assert "holds no labels" in app.info[0].value
    upload(app, npy(arrays()["labels"]), "labels.npy", place=1)
    assert_agrees(app, MINE)


def test_missing_labels_are_asked_for_and_wrong_ones_can_be_replaced():
    app = uploaded(npz(labels=None), samples="20")
    assert "holds no labels" in app.info[0].value
    for wrong in (b"nonsense", npy(np.arange(7)), npy(np.full(80, 9))):
        upload(app, wrong, "labels.npy", place=1)
        assert len(app.error) == 1
        assert app.error[0].value.startswith(r"labels\.npy")
        assert not has_table(app)
    upload(app, npy(arrays()["labels"]), "labels.npy", place=1)
    assert not sentences(app)
    assert_agrees(app, MINE)


def test_ambiguous_labels_in_the_second_file_are_asked_for():
    out = io.BytesIO()
    np.savez(out, y=arrays()["labels"], targets=np.zeros(80, int))
    app = upload(uploaded(npz(labels=None), samples="20"), out.getvalue(), "two.npz", place=1)
    assert app.selectbox[0].options == ["y", "targets"]
    app.selectbox[0].set_value("y")
    assert_agrees(checked(app.run()), MINE)


def test_labels_of_another_file_are_not_carried_over():
    app = upload(
        uploaded(npz(labels=None), samples="20"), npy(np.zeros(80, int)), "zeros.npy", place=1
    )
    upload(app)
    assert len(app.file_uploader) == 1
    assert_agrees(app, MINE)


def _without_counts():
    return uploaded(npz(class_counts=None), samples="20")


def test_missing_counts_may_be_pasted():
    app = _without_counts()
    assert "training samples" in app.info[0].value
    assert not has_table(app)
    for wrong, part in (("1, 2, 3", "must be 4 numbers"), ("1, 2, x, 4", "whole numbers")):
        app.text_area[0].set_value(wrong)
        checked(app.run())
        assert part in app.error[0].value
        assert not has_table(app)
    app.text_area[0].set_value("owl, 10\nfox, 40\ndog, 120\ncat, 500")
    assert_agrees(checked(app.run()), MINE)


def test_missing_counts_may_be_uploaded():
    app = _without_counts()
    app.button_group(key="tune:counts_way").set_value("Upload")
    checked(app.run())
    upload(app, b"500,120,40", "counts.csv", place=1)
    assert len(app.error) == 1
    upload(app, b"500\n120\n40\n10\n", "counts.csv", place=1)
    assert not app.error
    assert_agrees(app, MINE)


def test_missing_counts_may_follow_a_profile():
    app = _without_counts()
    app.button_group(key="tune:counts_way").set_value("Profile")
    checked(app.run())
    app.number_input(key="tune:profile_head").set_value(1000)
    app.number_input(key="tune:profile_ratio").set_value(10.0)
    app.selectbox(key="tune:profile").set_value("step")
    checked(app.run())
    assert "1,000 to 100 training samples" in words(app)
    counts = np.array([1000, 1000, 100, 100])
    assert_agrees(app, read_upload(io.BytesIO(npz(class_counts=counts)), "mine.npz"))


# Files that cannot be used


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pickle.npy", b"\x80\x04K\x01."),
        ("page.csv", b"<!doctype html><html><body>Not found</body></html>"),
        ("empty.npz", b""),
        ("cut.npz", npz()[:300]),
        ("text.parquet", b"hello"),
        ("nan.npz", npz(logits=np.full((80, 4), np.nan))),
        ("zero.npz", npz(class_counts=np.array([500, 120, 40, 0]))),
        ("<b>**bold**</b>.npz", b"nonsense"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_in_one_sentence_and_a_good_one_works_next(name, content):
    app = uploaded(content, name, samples="20")
    (error,) = app.error
    assert error.value.startswith(plain(name)[:12])
    assert "Traceback" not in error.value
    assert not has_table(app)
    upload(app)
    assert not app.error
    assert_agrees(app, MINE)


def test_a_bad_file_does_not_leave_the_last_good_one_in_force():
    app = upload(uploaded(samples="20"), b"nonsense", "bad.npz")
    assert len(app.error) == 1
    assert not has_table(app)


def test_a_bug_shows_an_apology_and_its_details_go_to_the_log(monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("secret of the server")

    monkeypatch.setattr(compare.Comparison, "line", broken)
    app = opened()
    app.file_uploader[0].set_value(("mine.npz", npz(), ""))
    app.run()
    (error,) = app.error
    assert error.value.startswith("Sorry")
    assert "secret" not in "".join(sentences(app))
    (record,) = (r for r in caplog.records if r.name == "app.ui.errors")
    assert re.search(r"[0-9a-f]{8}", error.value)[0] in record.message
    assert "secret of the server" in str(record.exc_info[1])
    assert {b.key for b in app.button} >= {"tune:present"}


# What is taken away


@pytest.fixture
def downloads(monkeypatch):
    """Data of the download buttons drawn last, by file name; call one for its content."""
    found, marshall = {}, button_module.marshall_file

    def noted(coordinates, data, proto, mimetype, file_name=None, **rest):
        found[file_name] = data if callable(data) else lambda: data
        return marshall(coordinates, data, proto, mimetype, file_name, **rest)

    monkeypatch.setattr(button_module, "marshall_file", noted)
    return found


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


HOSTILE = (
    "<script>alert(1)</script>",
    "**bold** [x](http://x.y)",
    "=cmd|'/c calc'!A1",
    "$x$ :red[y]",
)


def test_hostile_class_names_are_text_everywhere(downloads):
    app = uploaded(npz(class_names=np.array(HOSTILE), labels=np.arange(80) % 3), samples="20")
    (warning,) = app.warning
    assert plain(HOSTILE[3]) in warning.value
    for proto in charts(app).values():
        assert "<script>" not in json.dumps(json.loads(proto.spec)["data"])
    rows = pd.read_csv(io.StringIO(downloads["predictions.csv"]()))
    assert set(rows["label"]) == {HOSTILE[0], HOSTILE[1], f"'{HOSTILE[2]}"}
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in rows.to_numpy().flat)


def test_a_hostile_file_name_is_text_in_the_page_and_a_comment_in_the_code(downloads):
    name = '"""\nimport os # **x**.npz'
    app = uploaded(name=name, samples="20")
    assert "**x**" not in words(app)
    for file_name in ("mla_numpy.py", "mla_pytorch.py", "mla_estimator.py"):
        code = downloads[file_name]()
        compile(code, file_name, "exec")
        assert not re.search(r"^import os", code, re.MULTILINE)


@pytest.mark.parametrize("name", ["mla", "ala", "1vs1", "tau-norm", "vs"])
def test_the_code_is_that_of_the_adjuster_in_focus(downloads, name):
    app = uploaded(samples="20", focus=name)
    title = frame(app)["Adjuster"][1 + ["mla", "ala", "1vs1", "tau-norm", "vs"].index(name)]
    assert f"Take {title} home" in [s.value for s in app.subheader]
    assert {f"{name}_{kind}.py" for kind in ("numpy", "pytorch", "estimator")} <= downloads.keys()
    assert METRIC_TITLES["balanced_accuracy"].lower() in downloads[f"{name}_numpy.py"]()


FIGURES = {"tune-counts", "tune-gains", "tune-flips"}


def assert_is_the_curve(figure, work, spec, names):
    """The curves have their exact values, and the marks are the tuned parameters."""
    named = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    for name in names:
        line = work.line(name, spec.metric, (spec.low, spec.high), judge=spec.judge, samples=20)
        path = work.tuner(name).path.subset(work.protocol(name, spec.judge).final)
        title = compare.ADJUSTERS[name].title
        (curve,) = (trace for key, trace in named.items() if key and key.startswith(title))
        # Of thousands of steps those are drawn that a screen can show, each where it is.
        exact = path.curve(spec.metric, (spec.low, spec.high)).at(np.asarray(curve.x))
        np.testing.assert_allclose(curve.y, exact, atol=1e-12)
        marks = [trace for trace in figure.data if trace.mode == "markers"]
        assert any(trace.x[0] == pytest.approx(line.optimum.value) for trace in marks)


def test_the_code_of_every_figure_makes_it(tmp_path, monkeypatch):
    app = opened(data=SAMPLE, adjusters="mla,ala", focus="ala", samples="20", groups="1")
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert shown.keys() == FIGURES
    assert scripts.keys() == FIGURES | {"tune-curves"}
    for name in shown:
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])
    spec = spec_of(app)
    figure = made_by(scripts["tune-curves"], tmp_path, monkeypatch)
    assert_is_the_curve(figure, comparison(load(SAMPLE), spec), spec, ("mla", "ala"))


def test_the_code_of_an_uploaded_file_reads_it_again(tmp_path, monkeypatch):
    content = npz(class_counts=None)
    app = upload(opened(value="1.25", focus="mla", adjusters="mla"), content)
    app.text_area[0].set_value("500, 120, 40, 10")
    checked(app.run())
    (tmp_path / "mine.npz").write_bytes(content)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == FIGURES | {"tune-curves"}
    assert spec_of(app).value == 1.25
    for name in FIGURES:
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])


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
