"""Scripts of the components: served each at its address, and what loads them."""

import re

import pytest
from starlette.applications import Starlette
from streamlit import config

from app.ui.bundle import ASSETS
from app.ui.modules import DIGEST, loader, script_route
from tests.aio import run

SCRIPTS = sorted(path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.js"))


def ask(path):
    """Status, headers and content of an answer of a server that has nothing but scripts."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    run(Starlette(routes=[script_route()])(scope, None, send))
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, body["body"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_served_with_its_type_and_kept_for_a_year(name):
    status, headers, content = ask(f"/assets/{DIGEST}/{name}")
    assert status == 200
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert content == (ASSETS / name).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "0123456789abcdef/player.js",
        f"{DIGEST}/../app/server.py",
        f"{DIGEST}/../assets/player.js",
        f"{DIGEST}/player.css",
        f"{DIGEST}/samples/README.md",
        f"{DIGEST}/",
        "player.js",
    ],
)
def test_nothing_else_is_and_that_is_not_remembered(path):
    status, headers, _ = ask(f"/assets/{path}")
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")


def test_below_a_path_scripts_are_there_too(monkeypatch):
    monkeypatch.setattr(config, "get_option", {"server.baseUrlPath": "lab/one"}.get)
    assert ask(f"/lab/one/assets/{DIGEST}/player.js")[0] == 200
    assert ask(f"/assets/{DIGEST}/player.js")[0] == 404


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_script_imports_is_there(name):
    text = (ASSETS / name).read_text(encoding="utf-8")
    for names, file in re.findall(r'^import \{([^}]*)\} from "\./(.*)";$', text, re.MULTILINE):
        source = (ASSETS / name).with_name(file).read_text(encoding="utf-8")
        for one in re.findall(r"\w+", names):
            assert re.search(rf"^export (const|class) {one}\b", source, re.MULTILINE), one
            assert len(re.findall(rf"\b{one}\b", text)) > 1, f"{one} is not used"


def test_a_loader_is_a_fraction_of_any_picture_and_of_a_script_that_exists():
    assert len(loader("live_boundaries.js")) < 1000
    with pytest.raises(KeyError, match="no script live_boundary"):
        loader("live_boundary.js")
