import re

import pytest
from playwright.sync_api import expect

from tests.browser.serving import ROOT
from tests.browser.shots import settle

PAGE_TABLE = (ROOT / "app" / "main.py").read_text()
PATHS = ["/", *(f"/{path}" for path in re.findall(r'url_path="(\w+)"', PAGE_TABLE))]

pytestmark = pytest.mark.browser

# Values the slider gamma takes within a second and a half, nobody touching it.
WATCH_GAMMA = """() => new Promise((resolve) => {
  const root = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".live")).find(Boolean);
  const gamma = root.querySelector("input[aria-label=gamma]");
  const seen = new Set();
  const began = performance.now();
  const tick = (now) => {
    seen.add(gamma.value);
    if (now - began < 1500) requestAnimationFrame(tick);
    else resolve(seen.size);
  };
  requestAnimationFrame(tick);
})"""


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def door(page, title):
    return page.get_by_test_id("stPageLink").filter(has_text=title)


@pytest.fixture
def open_start(open_page):
    """Open / and note what it sends to the server once it is there: `page, sent`."""

    def open_one(path="/", **options):
        page = open_page(path, **options)
        sent = []
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(frame)),
        )
        page.reload()
        slider(page, "gamma").wait_for()
        settle(page)
        assert sent
        sent.clear()
        return page, sent

    return open_one


def test_start_shows_its_title(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("Collapse Lab")
    expect(page).to_have_title("Start · Collapse Lab")


@pytest.mark.parametrize("path", PATHS)
def test_every_address_of_the_page_table_opens_directly(open_page, path):
    page = open_page(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_the_picture_moves_by_itself_and_asks_the_server_nothing(open_start):
    page, sent = open_start()
    assert page.evaluate(WATCH_GAMMA) > 10
    assert sent == []
    assert "?" not in page.url


def test_the_picture_rests_where_motion_is_unwanted(open_start):
    page, _ = open_start(reduced_motion="reduce")
    assert page.evaluate(WATCH_GAMMA) == 1
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 0.50")


def test_the_picture_is_above_the_fold(open_start):
    page, _ = open_start(viewport={"width": 1400, "height": 900})
    for picture in page.get_by_role("img", name="Decision regions").all():
        box = picture.bounding_box()
        assert 0 < box["y"] < box["y"] + box["height"] < 900


def test_a_key_on_a_slider_is_kept_in_the_link_and_goes_on_to_boundaries(open_start):
    page, _ = open_start(reduced_motion="reduce")
    slider(page, "gamma").press("End")
    page.wait_for_url("**gamma=2*")
    page.reload()
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 2.00")
    settle(page)
    door(page, "This picture with every slider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decision boundaries")
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 2.00")


@pytest.mark.parametrize(
    ("title", "path"),
    [("Learn", "/learn"), ("Tune my logits", "/tune"), ("Experiment", "/collapse")],
)
def test_doors_open(open_start, title, path):
    page, _ = open_start(reduced_motion="reduce")
    door(page, title).click()
    page.wait_for_url(f"**{path}")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Collapse Lab")
    settle(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_phone_shows_all_of_it(open_start):
    page, _ = open_start(viewport={"width": 400, "height": 800}, reduced_motion="reduce")
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
    expect(page.get_by_test_id("stPageLink")).to_have_count(4)
    expect(page.get_by_text("Collapse Lab 0.")).to_be_visible()
