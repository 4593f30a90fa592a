"""The page /compare as a user meets it, without a browser."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.centers import CentersSpec
from app.centers.run import run as run_centers
from app.errors import UserError
from app.figures.compare_curves import Course
from app.probe import ProbeSpec
from app.probe import run as run_probe
from app.runs import Entry, RunStore, collect, run_bytes
from app.runs.presets import presets
from app.spec import options
from app.ufm import UFMSpec, observe
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui import jobs
from app.ui.centers.spec import CentersPageSpec
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.words import number
from app.ui.compare.cards import curves_csv
from app.ui.compare.comparison import courses_of, curves_table
from app.ui.compare.differences import differences
from app.ui.compare.importing import take_in
from app.ui.compare.kinds import KINDS, check_shapes, link_query, title_of
from app.ui.compare.listing import listed
from app.ui.compare.spec import CompareSpec
from app.ui.compare.words import KIND_WORDS, LOSS_FILTER_WORDS, RATIO_WORDS
from app.ui.minority.spec import MinoritySpec
from app.ui.probe.spec import ProbePageSpec
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.probe.sets import clouds
from tests.runs.toy import Toy, toy_run

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SETTINGS = {
    "collapse": CollapseSpec,
    "minority": MinoritySpec,
    "centers": CentersPageSpec,
    "probe": ProbePageSpec,
}
PRESETS = {preset.title: preset.spec for preset in presets(UFMSpec)}
SELI, LDT = (preset.spec for preset in presets(UFMSpec)[1:5:2])
SWEEP = presets(SweepSpec)[0].spec


def open_page(**query):
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/compare.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def words(at):
    found = " ".join(m.value for m in (*at.markdown, *at.caption, *at.warning, *at.error, *at.info))
    return found.replace("\\", "")


def link(at):
    return {k: v if isinstance(v, str) else v[-1] for k, v in at.query_params.items()}


def rows(at):
    return list(at.dataframe[0].value["Run"])


def small(seed=0, **values):
    spec = UFMSpec(counts=(20, 5), dim=3, steps=40, seed=seed, **values)
    return collect(spec, observe(spec))


@pytest.fixture
def made_here():
    """A run of this machine, in the table; gone afterwards."""
    run = small(seed=7)
    jobs.store().save(run)
    yield run
    if run.spec.id in jobs.store():
        jobs.store().delete(run.spec.id)


def test_every_stored_run_is_listed_under_its_title(made_here):
    before = len(jobs.store().list()[0])
    at = open_page()
    # What other tests have begun may end meanwhile.
    assert before <= len(rows(at)) <= len(jobs.store().list()[0])
    assert "CE, 2 classes, R = 4" in rows(at)
    assert set(PRESETS) <= set(rows(at))
    table = at.dataframe[0].value.set_index("Run")
    assert table.loc["CE, 2 classes, R = 4", "From"] == "here"
    assert table.loc["CE, 2 classes, R = 4", "Objective"] == made_here.metrics["objective"]
    assert (table.loc[list(PRESETS), "From"] == "the app").all()


def test_filters_leave_what_they_say_and_stand_in_the_link():
    at = open_page()
    everything = at.dataframe[0].value
    at.selectbox(key="compare.kind").set_value("UFMSpec").run()
    at.selectbox(key="compare.loss").set_value("cdt").run()
    expected = everything[(everything.Kind == "Collapse") & everything.Loss.str.contains("CDT")]
    assert rows(at) == list(expected.Run)
    assert len(expected)
    assert link(at) == {"kind": "UFMSpec", "loss": "cdt"}
    at.selectbox(key="compare.ratio").set_value("1").run()
    assert "No stored run passes these filters" in words(at)


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        (UFMSpec(counts=(5, 5)), {"1"}),
        (UFMSpec(counts=(50, 5)), {"to-10"}),
        (UFMSpec(counts=(5, 51)), {"to-100"}),
        (UFMSpec(counts=(501, 5)), {"beyond"}),
        (SweepSpec(ratio_low=1, ratio_high=50), {"1", "to-10", "to-100"}),
        (Toy(), set()),
    ],
    ids=["equal", "10", "above 10", "above 100", "sweep", "none"],
)
def test_a_ratio_is_in_one_filter_and_a_sweep_in_all_that_it_crosses(spec, fits):
    entry = Entry(spec, {}, {}, 0, bundled=False)
    names = set(RATIO_WORDS) - {"any"}
    assert {name for name in names if listed([entry], CompareSpec(ratio=name))} == fits
    assert listed([entry], CompareSpec()) == [entry]


def test_one_run_opens_in_its_page_with_its_settings():
    at = open_page(runs=SELI.id)
    assert title_of(SELI) in words(at)
    assert "What differs" not in [heading.value for heading in at.subheader]
    (page_link,) = at.get("page_link")
    assert page_link.proto.label == "Open in Collapse"
    assert page_link.proto.page == "collapse"


def test_side_by_side_shows_only_what_differs():
    at = open_page(runs=f"{SELI.id},{LDT.id}")
    shown = at.table[0].value
    assert list(shown.columns) == [title_of(SELI), title_of(LDT).replace("-", "\\-")]
    expected = differences([SELI, LDT])
    assert list(shown.index) == [name.replace("-", "\\-") for name in expected]
    assert len(expected) < len(UFMSpec.model_fields) / 2
    ends = at.table[1].value.loc["objective"]
    stored = [jobs.store().load(spec.id).metrics["objective"] for spec in (SELI, LDT)]
    assert [text.replace("\\", "") for text in ends] == [number(value) for value in stored]


def test_differences_name_fields_and_mark_what_a_kind_does_not_have():
    one = UFMSpec(counts=(9, 9, 2), loss="la", tau=1.0)
    found = differences([one, one.model_copy(update={"relu": True})])
    assert found == {"ReLU": ["no", "yes"]}
    found = differences([one, SWEEP])
    assert found["Kind"] == ["Collapse", "Minority collapse"]
    assert "Class counts" not in found
    assert found["Loss"] == ["Logit-adjusted (LA)", "Cross-entropy"]
    assert "tau" not in found
    other = one.model_copy(update={"counts": (9, 8, 2), "learning_rate": 1.0})
    found = differences([one, SWEEP, other])
    assert found["Class counts"] == ["2 × 9, 2", "\N{EM DASH}", "9, 8, 2"]
    assert found["Learning rate"] == ["automatic", "\N{EM DASH}", "1.0"]


def test_metrics_are_chosen_and_stand_in_the_link():
    at = open_page(runs=f"{SELI.id},{LDT.id}")
    picked = at.multiselect(key="compare.metrics")
    assert picked.value == ["objective", "gap"]
    picked.set_value(["nc3", "loss"]).run()
    assert not at.exception
    assert link(at)["metrics"] == "nc3,loss"
    again = open_page(**link(at))
    assert again.multiselect(key="compare.metrics").value == ["nc3", "loss"]
    again.multiselect(key="compare.metrics").set_value([]).run()
    assert again.multiselect(key="compare.metrics").value == ["objective", "gap"]
    assert "metrics" not in link(again)


def test_runs_of_other_kinds_stand_side_by_side():
    at = open_page(runs=f"{SELI.id},{SWEEP.id}")
    assert "bug" not in words(at)
    assert [a.proto.page for a in at.get("page_link")] == ["collapse", "minority"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"runs": "0" * 16}, f"there is no run '{'0' * 16}'"),
        ({"runs": "../../etc/passwd"}, "the id of a run is 16 hexadecimal digits"),
        ({"runs": "a,a"}, "runs must be named once each"),
        ({"runs": "a,b,c,d,e"}, "runs in the link is not allowed"),
        ({"kind": "Toy"}, "kind in the link must be one of"),
        ({"ratio": "9"}, "ratio in the link must be one of"),
        ({"runs": SELI.id, "metrics": "<b>"}, "None of these runs keeps the metric '<b>'"),
    ],
    ids=str,
)
def test_bad_links_give_a_page_and_a_sentence(query, sentence):
    at = open_page(**query)
    assert sentence in words(at)
    assert "bug" not in words(at)
    assert rows(at)


def test_projected_without_table_and_controls():
    at = open_page(runs=f"{SELI.id},{LDT.id}", view="teach")
    assert not at.dataframe
    assert not at.selectbox
    assert not at.multiselect
    assert len(at.table) == 1


def test_a_run_made_here_is_deleted_after_a_second_click(made_here):
    id = made_here.spec.id
    at = open_page(runs=f"{SELI.id},{id}")
    assert [b.key for b in at.button if "deleted" in b.key] == [f"compare:deleted:{id}"]
    at.button(key=f"compare:deleted:{id}").click().run()
    assert not at.exception
    assert id not in jobs.store()
    assert link(at)["runs"] == SELI.id
    assert "CE, 2 classes, R = 4" not in rows(at)


def test_files_that_are_no_runs_are_listed_with_their_sentence():
    folder = jobs.store().folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{'ab' * 8}.safetensors").write_bytes(b"nothing")
    at = open_page()
    assert f"'{'ab' * 8}.safetensors' is no run" in words(at)
    at.run()
    assert "is no run" in words(at)


def test_a_file_that_was_sent_is_stored_and_shown():
    run = small(seed=8)
    at = open_page(kind="SweepSpec", runs=run.spec.id)
    assert "there is no run" in words(at)
    at.file_uploader[0].set_value(("../x.exe", run_bytes(run), "")).run()
    assert not at.exception
    try:
        assert link(at) == {"runs": run.spec.id}
        assert any("Stored CE, 2 classes" in m.value.replace("\\", "") for m in at.success)
        assert at.dataframe[0].value["From"][0] == "a file"
    finally:
        jobs.store().delete(run.spec.id)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda run: b"no", "is no run, or was cut short"),
        (lambda run: run_bytes(run)[:-9], "was cut short"),
        (lambda run: run_bytes(toy_run()), "runs of kind 'Toy' are not kept"),
        (lambda run: run_bytes(replace(run, arrays={})), "must hold classifier"),
        (
            lambda run: run_bytes(replace(run, arrays={"classifier": np.ones((2, 2))})),
            "classifier must be finite numbers of shape (2, 3), got float64 (2, 2)",
        ),
        (
            lambda run: run_bytes(replace(run, arrays={"classifier": np.full((2, 3), np.nan)})),
            "classifier must be finite numbers",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(change, sentence, tmp_path):
    with pytest.raises(UserError, match=re.escape(sentence)):
        take_in(change(small()), RunStore(tmp_path))
    assert not list(tmp_path.iterdir())


def test_the_sentence_about_a_file_is_on_the_page():
    at = open_page()
    at.file_uploader[0].set_value(("run.safetensors", b"no", "")).run()
    assert not at.exception
    assert "'upload.safetensors' is no run, or was cut short." in [
        m.value.replace("\\", "") for m in at.error
    ]


def test_what_ships_with_the_app_is_never_replaced(tmp_path):
    kept = RunStore(tmp_path, jobs.store().bundled)
    with pytest.raises(UserError, match="is stored here already"):
        take_in(run_bytes(kept.load(SELI.id)), kept)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("spec", "engine"),
    [
        (UFMSpec(counts=(20, 5), dim=3, steps=40, bias=True), observe),
        (SweepSpec(size=5, classes=3, minority_fraction=0.67, loss="la"), run_sweep),
        (CentersSpec(counts=(4, 2), mean_centers=2, steps=3), run_centers),
        (
            ProbeSpec(data="clouds", methods=("stage1", "posthoc-la"), epochs=1, ratio=None),
            lambda spec: run_probe(spec, clouds([30, 12, 6])),
        ),
    ],
    ids=lambda value: getattr(type(value), "__name__", ""),
)
def test_a_run_of_every_engine_fits_and_opens_as_it_is(spec, engine, tmp_path):
    run = collect(spec, engine(spec))
    check_shapes(run)
    take_in(run_bytes(run), RunStore(tmp_path))
    kind = KINDS[type(spec).__name__]
    opened, problems = SETTINGS[kind.page].from_query(link_query(spec))
    assert not problems
    asked = {"minority": "sweep", "probe": "comparison"}.get(kind.page, "model")
    assert getattr(opened, asked)() == spec


def test_the_script_draws_the_curves(tmp_path, monkeypatch):
    at = open_page(runs=f"{SELI.id},{SWEEP.id}", metrics="gap,objective")
    made = made_by(shown_scripts(at)["compare-curves"], tmp_path, monkeypatch)
    assert_same_figure(made, shown_figures(at)["compare-curves"])


def test_the_data_of_the_curves_are_steps_and_metrics():
    courses = courses_of([small()]) | {"other": Course(np.array([0.0, 5.0]), {"x": np.ones(2)})}
    table = curves_table(courses, ("objective", "x"))
    assert list(table) == ["run", "step", "objective", "x"]
    assert table["step"].iloc[0] == 0
    assert table["run"].iloc[-1] == "other"
    assert np.isnan(table["objective"].iloc[-1])


def test_curves_leave_as_a_table_of_all_metrics():
    run = small()
    table = pd.read_csv(io.StringIO(curves_csv(run)))
    assert table.columns[0] == "step"
    assert set(table.columns) == {n[6:] for n in run.arrays if n.startswith("curve/")}
    np.testing.assert_array_equal(table["step"], run.arrays["curve/step"])
    np.testing.assert_allclose(table["objective"], run.arrays["curve/objective"], rtol=1e-15)


ids = st.text("0123456789abcdef", min_size=16, max_size=16)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        CompareSpec,
        kind=st.sampled_from(list(KIND_WORDS)),
        loss=st.sampled_from(list(LOSS_FILTER_WORDS)),
        ratio=st.sampled_from(list(RATIO_WORDS)),
        runs=st.lists(ids, max_size=4, unique=True).map(tuple),
        metrics=st.lists(st.sampled_from(["loss", "gap"]), unique=True).map(tuple),
    )
)
def test_settings_survive_their_link(spec):
    assert CompareSpec.from_query(spec.to_query()) == (spec, [])


@pytest.mark.parametrize(
    ("name", "offered"),
    [("kind", KIND_WORDS), ("loss", LOSS_FILTER_WORDS), ("ratio", RATIO_WORDS)],
)
def test_every_filter_has_words(name, offered):
    assert set(offered) == set(options(CompareSpec.model_fields[name].annotation))
