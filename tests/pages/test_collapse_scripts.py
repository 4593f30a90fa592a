"""Every figure of /collapse comes with the Python that makes it: run here, and compared."""

import json

import pytest

from app.runs import write_run
from app.ui.collapse.pictures import geometry_of
from app.ui.collapse.reference import reference_of
from app.ui.collapse.spec import CollapseSpec
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.pages.test_collapse import SMALL, finish, open_page, press

GEOMETRY, CURVES, NORMS = (
    f"collapse-{name}" for name in ("player-geometry", "player-curves", "norms")
)


def made(at, name, tmp_path, monkeypatch):
    return made_by(shown_scripts(at)[name], tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "query",
    [
        {"against": "optimum", "mode": "solve"},
        {"relu": "1", "own": "30,9,2", "profile": "own"},
        {"classes": "26", "dim": "30", "loss": "vs", "gamma": "0.3", "tau": "0.5"},
    ],
    ids=["optimum", "own counts", "many classes"],
)
def test_figures_of_an_optimum(query, tmp_path, monkeypatch):
    at = open_page(**(SMALL | query))
    shown = shown_figures(at)
    assert NORMS in shown
    assert ("collapse-gram" in shown) == ("classes" in query)
    for name, figure in shown.items():
        assert_same_figure(made(at, name, tmp_path, monkeypatch), figure)


def test_figures_of_a_run(tmp_path, monkeypatch):
    at = open_page(**SMALL, seed="31", weight_decay="0", feature_decay="0", loss="mse")
    press(at, "Run")
    finish(at)
    assert_same_figure(made(at, NORMS, tmp_path, monkeypatch), shown_figures(at)[NORMS])
    run = at.session_state["collapse:held"].run
    curves = made(at, CURVES, tmp_path, monkeypatch)
    assert curves.data[0].name == "objective"
    assert list(curves.data[0].y) == pytest.approx(list(run.arrays["curve/objective"]), rel=1e-5)


def test_the_geometry_of_the_player_is_of_the_step_shown(tmp_path, monkeypatch):
    query = SMALL | {"seed": "32"}
    at = open_page(**query)
    press(at, "Run")
    finish(at)
    run = at.session_state["collapse:held"].run
    reference = reference_of(CollapseSpec.from_query(query)[0])
    step = at.session_state["collapse:held"].snapshots[3].step
    for shown in (None, step):
        page = open_page(**query, shown="" if shown is None else str(shown))
        figure = json.loads(geometry_of(run, reference, shown).to_json())
        assert_same_figure(made(page, GEOMETRY, tmp_path, monkeypatch), figure)


def test_a_run_that_was_stopped_is_read_from_its_file(tmp_path, monkeypatch):
    query = SMALL | {"seed": "33", "steps": "2000000"}
    at = open_page(**query)
    press(at, "Run")
    at.session_state["collapse:held"].job.wait(0.2)
    at.run()
    press(at, "Stop")
    run = at.session_state["collapse:held"].run
    assert run.spec == CollapseSpec.from_query(query)[0].model()
    write_run(run, tmp_path / f"{run.spec.id}.safetensors")
    assert_same_figure(made(at, NORMS, tmp_path, monkeypatch), shown_figures(at)[NORMS])
