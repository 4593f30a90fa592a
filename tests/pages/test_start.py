"""The page / as a user meets it, without a browser."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app import __version__
from app.scenes import etf_scene
from app.ui import live_words
from app.ui.footer import device
from app.ui.live_spec import BoundariesSpec
from app.ui.start import DOORS, StartSpec
from app.ui.ways import PAGES
from tests.pages.scripts import assert_same_figure, made_by, shown_scripts

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


def opened(**query):
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    assert not [e.value for e in app.error if e.value.startswith("Sorry")]
    return app


def links(app):
    """Page, title and query of the link below the picture and of the doors."""
    protos = [element.proto for element in app.get("page_link")]
    return [(p.page, p.label, dict(parse_qsl(p.query_string))) for p in protos]


def picture(app):
    """What was sent to the live picture."""
    (element,) = (e for e in app.get("bidi_component") if "live" in e.proto.component_name)
    return json.loads(element.proto.json)


def test_it_is_useful_without_any_interaction():
    app = opened()
    assert app.title[0].value == "Collapse Lab"
    sent = picture(app)
    assert sent["autoplay"] == "gamma"
    assert [control["name"] for control in sent["controls"]] == ["gamma", "ratio"]
    assert sent["state"]["rules"] == ["raw", "mla", "ala", "1vs1"]
    assert app.caption[-1].value == f"Collapse Lab {__version__} · {device()}"


def test_the_doors_lead_to_the_lesson_the_tuner_and_the_laboratory():
    _, *found = links(opened())
    assert [(page, query) for page, _, query in found] == [(d.page, {}) for d in DOORS]
    assert [d.page for d in DOORS] == ["learn", "tune", "collapse"]
    for (_, label, _), door in zip(found, DOORS, strict=True):
        assert (PAGES / f"{door.page}.py").is_file()
        assert label == f"**{door.title}** →"


def test_the_link_below_goes_on_from_the_picture():
    page, _, query = links(opened(gamma="1.25", ratio="20.0"))[0]
    assert page == "boundaries"
    spec, problems = BoundariesSpec.from_query(query)
    assert problems == []
    assert spec.scene == "etf"
    assert spec.picture() == StartSpec(gamma=1.25, ratio=20.0).picture()


def test_a_link_restores_the_picture_and_is_kept():
    app = opened(gamma="1.25", ratio="20.0", rules="raw,mla")
    state = picture(app)["state"]
    assert (state["gamma"], state["ratio"], state["rules"]) == (1.25, 20.0, ["raw", "mla"])
    assert dict(app.query_params) == {"gamma": "1.25", "ratio": "20.0", "rules": "raw,mla"}


@pytest.mark.parametrize("query", [{"gamma": "1e9"}, {"rules": "<b>"}, {"ratio": "x"}])
def test_any_link_gives_the_page_and_a_sentence(query):
    app = opened(**query)
    assert len(app.warning) == 1
    assert len(links(app)) == 4


def test_projected_it_shows_the_picture_alone():
    app = opened(view="teach")
    assert picture(app)["large"] is True
    assert links(app) == []
    app.button(key="start:present").click()
    app.run()
    assert len(links(app)) == 4


def test_the_picture_comes_with_its_script(tmp_path, monkeypatch):
    app = opened(gamma="0.7", rules="raw,mla")
    made = made_by(shown_scripts(app)["start-regions"], tmp_path, monkeypatch)
    state = StartSpec(gamma=0.7, rules=("raw", "mla")).picture()
    expected = live_words.picture(etf_scene(), state)
    assert_same_figure(made, json.loads(expected.to_json()))
    assert not opened(view="teach").code
