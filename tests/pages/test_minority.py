"""The page /minority as a user meets it, without a browser."""

import json
from pathlib import Path
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from app.errors import UserError
from app.runs import RunStore, collect
from app.runs.presets import presets
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui.collapse.spec import CollapseSpec
from app.ui.minority import sweeping, watching
from app.ui.minority.cell import collapse_query
from app.ui.minority.code import python_code
from app.ui.minority.spec import MinoritySpec, from_sweep
from tests.definitions import without_definitions
from tests.pages.own_store import own_store
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"
PRESETS = presets(SweepSpec)
TINY = {"size": "6", "classes": "4"}


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "_WAIT_SECONDS", 30.0)
    with own_store(tmp_path):
        yield


def opened(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/minority.py")
    app.query_params.update(query)
    return checked(app.run())


def checked(app):
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def spec_of(app):
    return app.session_state["minority:spec"]


def texts(app):
    return without_definitions(" ".join(m.value for m in [*app.markdown, *app.caption]))


def test_it_opens_with_a_map_and_what_it_shows():
    app = opened()
    assert "In 400 of 400 cells measurement and theory agree." in texts(app)
    assert "Click a cell" in texts(app)
    assert spec_of(app).sweep() == SweepSpec()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_opens(preset):
    app = opened(**TINY)
    checked(app.button(key=f"minority:preset:{preset.name}").click().run())
    assert spec_of(app).sweep() == preset.spec
    assert preset.words in texts(app)
    assert "certified" in texts(app)
    assert spec_of(app).shows() == ("rank" if "tail" in preset.name else "distance")


def test_a_sweep_is_stored_and_read_again(tmp_path):
    app = opened(**TINY)
    spec = spec_of(app).sweep()
    run = RunStore(tmp_path / "runs").load(spec.id)
    run.metrics["largest_ratio"] = 1.0
    found = opened(**TINY).session_state["minority:held"]
    assert found.job is None
    assert found.run.spec == spec


def test_a_sweep_that_takes_long_is_shown_as_far_as_it_is(monkeypatch):
    go_on = Event()

    def slow(spec):
        for snapshot in run_sweep(spec):
            yield snapshot
            go_on.wait(30)

    monkeypatch.setattr(sweeping, "run_sweep", slow)
    monkeypatch.setattr(watching, "_WAIT_SECONDS", 0.2)
    app = opened(**TINY)
    assert "measurement and theory agree" not in texts(app)
    held = app.session_state["minority:held"]
    assert held.active
    assert held.snapshots[-1].step == 4
    go_on.set()
    assert held.job.wait(30) == "done"
    assert "In 36 of 36 cells measurement and theory agree." in texts(checked(app.run()))


def test_a_sweep_that_fails_says_so(monkeypatch):
    def failing(spec):
        raise UserError("this machine is too small.")

    monkeypatch.setattr(sweeping, "run_sweep", failing)
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/minority.py")
    app.query_params.update(TINY)
    app.run()
    assert not app.exception
    assert "this machine is too small" in app.error[0].value


def test_a_cell_of_the_link_is_looked_into():
    app = opened(**TINY, row="1", column="4")
    text = texts(app)
    assert "| Theory | I: minority distinct |" in text
    assert "| Measured | I: minority distinct |" in text
    assert "optimal to" in text
    assert "Training samples: 2 × 1,256, 2 × 5." in text
    # Cells that the grid does not have are none.
    assert "Click a cell" in texts(opened(**TINY, row="6", column="0"))
    assert "Click a cell" in texts(opened(**TINY, row="1"))


def test_a_cell_chosen_by_number_goes_into_the_link():
    app = opened(**TINY)
    app.number_input(key="minority.row").set_value(5)
    checked(app.number_input(key="minority.column").set_value(5).run())
    assert app.query_params["row"] == "5"
    assert "| Measured | IV: all at zero |" in texts(app)
    assert "| Classes recognised | 0 of 4 |" in texts(app)


def test_a_cell_of_a_long_tail_shows_its_rank():
    text = texts(opened(**TINY, profile="exponential", row="0", column="5"))
    assert "| Theory | 4 of 4 classes above their threshold |" in text
    assert "| Measured | rank 3 |" in text


@pytest.mark.parametrize("loss", ["ce", "wce", "la", "cdt", "ldt", "vs", "ldam"])
@pytest.mark.parametrize("profile", ["step", "exponential"])
def test_the_link_to_collapse_opens_exactly_the_cell(loss, profile):
    spec = SweepSpec(loss=loss, profile=profile, classes=7, minority_fraction=0.4, relu=True)
    for place in ((0, 1), (7, 12), (19, 19)):
        model = spec.cell(*place)
        opened_there, problems = CollapseSpec.from_query(collapse_query(model))
        assert not problems
        assert opened_there.model() == model
        assert opened_there.against == "optimum"


def test_projected_only_map_cell_and_sentences_are_left():
    app = opened(**TINY, view="teach", row="2", column="2")
    assert not app.selectbox
    assert not app.subheader
    assert "measurement and theory agree" in texts(app)
    assert "| Theory |" in texts(app)


@pytest.mark.parametrize("shown", ["distance", "means", "rank", "accuracy", "certificate"])
def test_every_colour_can_be_chosen(shown):
    app = opened(**TINY, shown=shown)
    assert spec_of(app).shows() == shown


@pytest.mark.parametrize(
    "query",
    [
        {"loss": "<b>", "size": "999", "ratio_high": "1e99", "decay_low": "nan"},
        {"ratio_low": "50", "ratio_high": "2", **TINY},
        {"minority_fraction": "1", "row": "-4", "column": "1e9", **TINY},
        {"tail_count": "1000", "ratio_high": "10000", **TINY},
        {"dim": "0", "relu": "2", "bias": "1", **TINY},
        {"profile": "pareto", "shown": "everything", **TINY},
    ],
)
def test_any_link_gives_a_page_that_says_what_it_did_not_take(query):
    app = opened(**query)
    assert app.warning
    assert "certified" in texts(app)


def test_a_grid_that_does_not_fit_together_is_refused_and_the_last_one_stays():
    app = opened(**TINY)
    app.number_input(key="minority.ratio_low").set_value(2000.0).run()
    assert "ratio\\_low must be below ratio\\_high" in app.error[0].value
    assert spec_of(app).ratio_low == 1
    assert "measurement and theory agree" in texts(app)


def test_the_code_on_the_page_runs(capsys):
    spec = SweepSpec(size=5, classes=4, loss="cdt")
    exec(compile(python_code(spec), "page", "exec"), {})
    assert "measurement and theory agree" in capsys.readouterr().out
    assert "SweepSpec()" in python_code(SweepSpec())


@pytest.mark.parametrize(
    "query",
    [
        {"row": "1", "column": "3"},
        {"profile": "exponential", "loss": "vs", "gamma": "0.2", "shown": "accuracy"},
    ],
    ids=["picked", "another loss"],
)
def test_the_script_of_the_map_draws_it(query, tmp_path, monkeypatch):
    app = opened(**TINY, **query)
    made = made_by(shown_scripts(app)["minority-map"], tmp_path, monkeypatch)
    assert_same_figure(made, shown_figures(app)["minority-map"])


def test_the_page_settings_are_those_of_the_sweep_and_more():
    sweep = SweepSpec(size=7, loss="ldt")
    assert from_sweep(sweep).sweep() == sweep
    spec = MinoritySpec(row=3, column=2, shown="rank")
    assert MinoritySpec.from_query(spec.to_query()) == (spec, [])
    assert json.loads(spec.sweep().model_dump_json()) == json.loads(SweepSpec().model_dump_json())
    run = collect(sweep, run_sweep(sweep))
    assert run.arrays["rank"].shape == (7, sweep.ratios.size)
