"""What a browser does with the loader that Streamlit hands it in the place of a script."""

import pytest
from playwright.sync_api import expect

from app.ui.modules import DIGEST, loader

pytestmark = pytest.mark.browser

# As Streamlit does: the module of the text is called for each data that come, and what a call
# returns is called once other data have come or the element is gone.
MOUNT = """async (text) => {
  const blob = new Blob([text], { type: "text/javascript" });
  const { default: draw } = await import(URL.createObjectURL(blob));
  window.drawn = [];
  window.show = (data) => draw({ parentElement: document.body, data });
}"""
SCRIPT = f"**/assets/{DIGEST}/copy_link.js"
BODY = "export default ({ data }) => { window.drawn.push(data); return () => {}; };"


@pytest.fixture
def loading(bare_page):
    """A page with a loader; what is called in one go comes before its script can."""
    bare_page.route(SCRIPT, lambda route: route.fulfill(body=BODY, content_type="text/javascript"))
    bare_page.evaluate(MOUNT, loader("copy_link.js"))
    return bare_page


def test_of_data_that_come_while_it_loads_the_newest_are_drawn(loading):
    ends = "async () => (await Promise.all([show(1), show(2), show(3)])).map((end) => typeof end)"
    assert loading.evaluate(ends) == ["undefined", "undefined", "function"]
    loading.evaluate("async () => { await show(4); }")
    assert loading.evaluate("() => window.drawn") == [3, 4]


def test_a_script_that_does_not_arrive_is_asked_for_again(loading):
    loading.route(SCRIPT, lambda route: route.abort(), times=1)
    loading.evaluate("() => { window.last = show(1); }")
    note = loading.get_by_text("could not be loaded yet; trying again")
    expect(note).to_be_visible()
    loading.evaluate("async () => { await window.last; }")
    assert loading.evaluate("() => window.drawn") == [1]
    expect(note).to_have_count(0)


def test_what_is_taken_away_while_it_loads_is_never_drawn(loading):
    loading.evaluate("async () => { const last = show(1); document.body.remove(); await last; }")
    assert loading.evaluate("() => window.drawn") == []


def test_below_a_path_it_asks_there(bare_page):
    bare_page.route("http://lab/below/*", lambda route: route.fulfill(content_type="text/html"))
    bare_page.goto("http://lab/below/boundaries?gamma=1")
    bare_page.evaluate(MOUNT, loader("copy_link.js"))
    with bare_page.expect_request(f"http://lab/below/assets/{DIGEST}/copy_link.js"):
        bare_page.evaluate("() => { show(1); }")


def test_a_commit_sends_no_script_and_asks_for_none(open_page):
    page = open_page("/_stcore/health")
    answers, frames = [], []
    page.on("response", lambda answer: answers.append(answer) if "/assets/" in answer.url else None)
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)),
    )
    page.goto(page.url.replace("/_stcore/health", "/boundaries?view=teach"))
    slider = page.get_by_role("slider", name="gamma", exact=True)
    expect(slider).to_be_visible()
    assert {answer.url.rpartition("/")[2] for answer in answers} >= {
        "live_boundaries.js",
        "live_rules.js",
    }
    for answer in answers:
        headers = answer.all_headers()
        assert (answer.status, headers["x-content-type-options"]) == (200, "nosniff")
    del answers[:], frames[:]
    slider.press("ArrowRight")
    page.wait_for_url("**gamma=0.51*")
    [sent] = [frame for frame in frames if b"live_boundaries" in frame]
    assert len(sent) < 25_000
    assert not answers
