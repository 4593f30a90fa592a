"""The page /centers in a browser: it trains by itself, the views turn up, nothing overflows."""

import pytest
from playwright.sync_api import expect

from tests.browser.shots import settle

pytestmark = pytest.mark.browser

# Pixels of a canvas that are not clear.
DRAWN = """() => {
  const root = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".player")).find(Boolean);
  return ["curves", "space", "grams"].map((name) => {
    const canvas = root.querySelector("canvas." + name);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let drawn = 0;
    for (let n = 3; n < data.length; n += 4) drawn += data[n] > 0;
    return drawn;
  });
}"""


# Steps that the player tells of within three and a half seconds.
WATCH_STEPS = """() => new Promise((resolve) => {
  const root = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".player")).find(Boolean);
  const seen = new Set();
  const began = performance.now();
  const tick = (now) => {
    seen.add(root.querySelector(".readout").textContent.split(":")[0]);
    if (now - began < 3500) requestAnimationFrame(tick);
    else resolve([...seen]);
  };
  requestAnimationFrame(tick);
})"""


def opened(open_page, path, **options):
    page = open_page(path, **({"viewport": {"width": 1400, "height": 900}} | options))
    page.get_by_role("heading", name="What this shows").wait_for()
    settle(page)
    return page


def test_it_trains_by_itself_and_every_view_is_drawn(open_page):
    page = opened(open_page, "/centers?seed=41")
    expect(page.get_by_text("step 3,000: mean NC").first).to_be_visible()
    pictures = []
    for view in ("Class 3", "Mean directions", "Class vectors"):
        page.get_by_role("button", name=view, exact=True).click()
        page.wait_for_timeout(100)
        drawn = page.evaluate(DRAWN)
        assert min(drawn) > 300
        pictures.append(drawn[1])
    assert len(set(pictures)) == 3
    expect(page.get_by_text("bug")).to_have_count(0)


def test_training_that_took_a_moment_is_played_once(open_page):
    opened(open_page, "/centers?steps=900")  # trained and stored
    page = open_page("/centers?steps=900")
    page.get_by_role("slider", name="Training step").wait_for()
    seen = page.evaluate(WATCH_STEPS)
    assert len(seen) > 10
    expect(page.get_by_text("step 900: mean NC").first).to_be_visible()
    still = open_page("/centers?steps=900", reduced_motion="reduce")
    still.get_by_role("slider", name="Training step").wait_for()
    still.wait_for_timeout(300)
    assert still.evaluate(WATCH_STEPS) == ["step 900"]


def test_scrubbing_goes_back_to_the_start_and_into_the_link(open_page):
    page = opened(open_page, "/centers?steps=500")
    slider = page.get_by_role("slider", name="Training step")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text("step 0: mean NC").first).to_be_visible()
    page.wait_for_url("**shown=0*")


def test_a_preset_changes_the_model(open_page):
    page = opened(open_page, "/centers?steps=500")
    page.get_by_role("button", name="Tail collapses").click()
    expect(page.get_by_text("Collapse is class by class")).to_be_visible()
    assert "strategy=al" in page.url


def test_a_narrow_page_is_not_wider_than_its_window(open_page):
    page = opened(open_page, "/centers?steps=500", viewport={"width": 400, "height": 800})
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
