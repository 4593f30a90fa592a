"""The page / as a user meets it, without a browser."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app import __version__
from app.ui.footer import device
from app.ui.live_spec import BoundariesSpec
from app.ui.start import PAGES, StartSpec, doors

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"


def opened(**query):
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    assert not [e.value for e in app.error if e.value.startswith("Sorry")]
    return app


def links(app):
    """Title and query of the doors, by the page they lead to."""
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


def test_every_door_leads_to_a_page_with_settings_it_knows():
    found = links(opened())
    assert len(found) == 3
    for (page, label, query), door in zip(found, doors(StartSpec()), strict=True):
        assert (PAGES / f"{door.page}.py").is_file()
        assert page == door.page
        assert label == f"**{door.title}** →"
        assert query == door.query


def test_the_first_door_goes_on_from_the_picture():
    app = opened(gamma="1.25", ratio="20.0")
    query = links(app)[0][2]
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
    assert len(links(app)) == 3


def test_projected_it_shows_the_picture_alone():
    app = opened(view="teach")
    assert picture(app)["large"] is True
    assert links(app) == []
    app.button(key="start:present").click()
    app.run()
    assert len(links(app)) == 3
