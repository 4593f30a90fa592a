"""Every figure of /centers comes with the Python that makes it: run here, and compared."""

import json

import pytest

from app.scenes.centers import centers_film
from app.ui.centers.pictures import geometry_of
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.pages.test_centers import SMALL, open_page

ALWAYS = {"accuracy", "frame", "margins", "regions", "strategies", "triangle"}


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ({}, {"gram", "sweep-ratio", "sweep-theta"}),
        (
            {"profile": "own", "own": "40,9,2", "strategy": "al", "loss": "p", "frame": "learned"},
            {"gram", "sweep-theta"},
        ),
        ({"classes": "22", "mean_centers": "2", "loss": "ce", "steps": "50"}, {"gram"}),
        ({"classes": "30", "head_count": "600", "strategy": "single", "steps": "200000"}, set()),
    ],
    ids=["CAL", "loss P", "many classes", "not trained"],
)
def test_every_script_makes_its_figure(query, more, tmp_path, monkeypatch):
    at = open_page(**(SMALL | query))
    shown, scripts = shown_figures(at), shown_scripts(at)
    assert set(shown) == {f"centers-{name}" for name in ALWAYS | more}
    for name, figure in shown.items():
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), figure)


def test_the_player_is_taken_away_at_the_step_shown(tmp_path, monkeypatch):
    held = open_page(**SMALL).session_state["centers:held"]
    film = centers_film(held.spec, held.snapshots[0], 0)
    for step in (None, held.snapshots[2].step):
        scripts = shown_scripts(open_page(**SMALL, shown="" if step is None else str(step)))
        made = made_by(scripts["centers-player-geometry"], tmp_path, monkeypatch)
        assert_same_figure(made, json.loads(geometry_of(film, held.run, step).to_json()))
    curves = made_by(scripts["centers-player-curves"], tmp_path, monkeypatch)
    kept = held.run.arrays["curve/nc_ave"]
    assert curves.data[0].name == "mean NC"
    assert curves.data[0].y[1] == pytest.approx(kept[1], rel=1e-5)
