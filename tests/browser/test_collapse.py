import re

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.shots import settle

pytestmark = pytest.mark.browser

SMALL = "/collapse?classes=4&dim=6&head_count=40"
LONG = f"{SMALL}&steps=10000000"


def steps(page):
    return page.get_by_role("slider", name="Training step")


def shown(page):
    """The step that the picture shows, once it is drawn."""
    expect(steps(page)).to_have_attribute("aria-valuetext", re.compile("^step "))
    words = steps(page).get_attribute("aria-valuetext")
    return int(re.match(r"step ([\d,]+):", words).group(1).replace(",", ""))


def moves_on(page, step):
    """Wait until a later step is shown."""
    expect(steps(page)).not_to_have_attribute("aria-valuetext", re.compile(f"^step {step:,}:"))
    assert shown(page) > step


def run(page):
    page.get_by_role("button", name=re.compile("^Run( again)?$")).click()


def finish(page):
    page.get_by_role("button", name="Run again").wait_for()
    settle(page)


@pytest.fixture
def open_sending(open_page):
    """Open a page and note what it sends to the server: `page, sent`."""

    def open_one(path, **options):
        page = open_page("/_stcore/health", **options)
        sent = []
        page.on("websocket", lambda s: s.on("framesent", lambda frame: sent.append(frame)))
        page.goto(page.url.removesuffix("/_stcore/health") + path)
        steps(page).wait_for(state="attached")
        settle(page)
        return page, sent

    return open_one


def test_a_run_fills_in_is_scrubbed_without_the_server_and_comes_back(open_sending):
    page, sent = open_sending(f"{SMALL}&steps=3000&seed=5")
    expect(page.get_by_text("Not trained yet")).to_be_visible()
    run(page)
    finish(page)
    assert shown(page) == 3000
    sent.clear()
    steps(page).scroll_into_view_if_needed()
    box = steps(page).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 9, y)
    page.mouse.down()
    for move in range(40):
        page.mouse.move(box["x"] + box["width"] * (1 - 0.6 * move / 40), y)
    page.wait_for_timeout(200)
    assert sent == []
    chosen = shown(page)
    assert 0 < chosen < 3000
    page.mouse.up()
    page.wait_for_url(f"**shown={chosen}*")
    settle(page)
    assert all(rerun(frame).fragment_id for frame in sent[:1])
    page.reload()
    steps(page).wait_for()
    settle(page)
    assert shown(page) == chosen
    # The keyboard, and the way back to the last step.
    steps(page).press("End")
    page.wait_for_url(lambda url: "shown" not in url)
    assert shown(page) == 3000


def rerun(frame):
    message = BackMsg()
    message.ParseFromString(frame)
    return message.rerun_script


def test_a_long_run_is_watched_paused_stepped_and_stopped(open_sending):
    page, _ = open_sending(f"{LONG}&seed=6")
    run(page)
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stProgress]')?.textContent.includes('left')"
    )
    first = shown(page)
    moves_on(page, first)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").wait_for()
    settle(page)
    held = shown(page)
    page.wait_for_timeout(500)
    assert shown(page) == held
    page.get_by_role("button", name="Step", exact=True).click()
    moves_on(page, held)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Run again").wait_for()
    expect(page.get_by_text("Certified gap", exact=True)).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("Not trained yet")).to_be_visible()


def test_the_picture_turns_lights_up_and_replays(open_sending):
    page, sent = open_sending(f"{SMALL}&steps=500&seed=7")
    run(page)
    finish(page)
    sent.clear()
    space = page.get_by_role("img", name=re.compile("^Geometry"))
    before = space.screenshot()
    space.focus()
    space.press("ArrowRight")
    page.wait_for_timeout(200)
    assert space.screenshot() != before
    for name in ("Classifier W Wᵀ", "Class means H Hᵀ"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    assert sent == []
    page.get_by_role("button", name="Replay").click()
    page.wait_for_timeout(600)
    assert shown(page) < 500
    expect(steps(page)).to_have_attribute("aria-valuetext", re.compile("^step 500:"), timeout=9000)


def test_a_figure_is_taken_away_as_data_page_and_code(open_page):
    page = open_page(f"{SMALL}&mode=solve", viewport={"width": 1400, "height": 1600})
    page.get_by_text("This is the global optimum").wait_for()
    settle(page)
    page.get_by_role("button", name="Data and code").last.click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text("norms_figure")
    with page.expect_download() as found:
        page.get_by_role("button", name="Data (.csv)").click()
    table = found.value.path().read_text(encoding="utf-8").splitlines()
    assert table[0] == "panel,trace,x,y"
    assert len(table) == 1 + 4 * 2 * 4
    with page.expect_download() as found:
        page.get_by_role("button", name="Figure (.html)").click()
    assert "Plotly.newPlot" in found.value.path().read_text(encoding="utf-8")


def test_fits_a_phone_in_the_dark(open_page):
    page = open_page(
        f"{SMALL}&mode=solve", viewport={"width": 400, "height": 800}, color_scheme="dark"
    )
    page.get_by_text("This is the global optimum").wait_for()
    settle(page)
    width = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 400


LOSE = """window.addEventListener("player:frames", (event) => {
  window.lost = (window.lost ?? 0) + 1;
  if (window.lost <= 2) event.stopImmediatePropagation();
});"""


def test_frames_that_were_missed_are_sent_again(open_page):
    """A feed may come before the player knows of the run that it is of."""
    page = open_page("/_stcore/health")
    page.add_init_script(LOSE)
    page.goto(page.url.removesuffix("/_stcore/health") + f"{LONG}&seed=11")
    steps(page).wait_for(state="attached")
    settle(page)
    run(page)
    while (page.evaluate("() => window.lost") or 0) <= 4:
        page.wait_for_timeout(200)
    moves_on(page, shown(page))
    moves_on(page, shown(page))
    page.get_by_role("button", name="Stop").click()
    finish(page)
