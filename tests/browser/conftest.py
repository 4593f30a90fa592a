import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from app.ui.bundle import ASSETS
from app.ui.modules import DIGEST
from tests.browser.serving import serving

OWN_HOSTS = {"127.0.0.1", "localhost"}
PATIENCE = 20_000  # Milliseconds, of a machine that has other work.
expect.set_options(timeout=PATIENCE)

# Opened at /tune, Streamlit looks for its server below /tune first and then finds it at /.
SEARCHED_BY_STREAMLIT = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    """The app as a user starts it; asks for the browser first, so that a skip costs nothing."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as server:
        yield server


@pytest.fixture
def open_page(browser, server):
    """Open pages in contexts of their own: `open_page(path="/", **context options)`.

    Afterwards fails if a page logged an error, asked any host but its own, or if the server
    logged a traceback meanwhile.
    """
    contexts, errors, foreign = [], [], []
    logged_before = len(server.read_log())

    def note_request(url):
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in OWN_HOSTS:
            foreign.append(url)

    def note_console(line):
        url = (line.location or {}).get("url", "")
        if line.type == "error" and not SEARCHED_BY_STREAMLIT.search(url):
            errors.append(f"{line.text} ({url})")

    def open_one(path="/", **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        context.on("request", lambda request: note_request(request.url))
        page.on("websocket", lambda socket: note_request(socket.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note_console)
        page.goto(server.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not foreign, f"the page asked other hosts: {foreign}"
    assert not errors, f"the page logged errors: {errors}"
    logged = server.read_log()[logged_before:]
    assert "Traceback" not in logged, f"the server logged a traceback:\n{logged}"


@pytest.fixture
def bare_page(browser):
    """An empty page, without the app, at whose origin the scripts of the assets are."""
    page = browser.new_page()
    scripts = f"http://lab/assets/{DIGEST}/"
    page.route("http://lab/*", lambda route: route.fulfill(body="", content_type="text/html"))
    page.route(
        f"{scripts}**",
        lambda route: route.fulfill(path=ASSETS / route.request.url.removeprefix(scripts)),
    )
    page.goto("http://lab/")
    yield page
    page.close()


@pytest.fixture
def page(open_page):
    """A page at /, in a fresh context."""
    return open_page()
