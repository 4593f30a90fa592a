"""The page /learn in a browser: keys lead through it, what is done in a figure ticks its step."""

import pytest
from playwright.sync_api import expect

from tests.browser.shots import settle

pytestmark = pytest.mark.browser

WIDE = {"width": 1400, "height": 1100}


def heading(page):
    return page.get_by_role("heading", level=1)


def at(page, step):
    """Wait until a step is there whole."""
    expect(heading(page)).to_contain_text(f"{step}. ")
    settle(page)


def press(page, key):
    """Press a key while no control is focused."""
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press(key)


def test_arrow_keys_lead_on_and_back_and_leave_controls_alone(open_page):
    page = open_page("/learn", viewport=WIDE)
    at(page, 1)
    press(page, "ArrowLeft")
    press(page, "ArrowRight")
    at(page, 2)
    assert "step=2" in page.url
    press(page, "PageDown")
    page.get_by_role("slider", name="Training step").press("ArrowLeft")
    page.wait_for_url("**shown=*")
    at(page, 2)
    press(page, "ArrowLeft")
    at(page, 1)
    expect(page.get_by_role("button", name="← Back")).to_be_disabled()


def test_projected_the_keys_of_a_clicker_lead_on(open_page):
    page = open_page("/learn?view=teach", viewport=WIDE)
    at(page, 1)
    expect(page.get_by_text("Try it")).to_have_count(0)
    for step in (2, 3, 4):
        press(page, "PageDown")
        at(page, step)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    assert "view=teach" in page.url
    press(page, "PageUp")
    at(page, 3)


def test_what_is_done_in_a_figure_ticks_its_step_and_stays_in_the_link(open_page):
    page = open_page("/learn", viewport=WIDE)
    at(page, 1)
    page.get_by_role("slider", name="Training step").press("Home")
    page.wait_for_url("**done=1*")
    expect(page.get_by_text("✓ Done")).to_be_visible()
    page.get_by_role("button", name="2. Imbalance").click()
    at(page, 2)
    page.get_by_role("button", name="With ReLU").click()
    page.wait_for_url("**done=1%2C2*")
    expect(page.get_by_text("90° for every pair")).to_be_visible()
    page.get_by_role("button", name="5. Adjust").click()
    at(page, 5)
    page.get_by_role("slider", name="gamma", exact=True).press("End")
    page.wait_for_url("**done=1%2C2%2C5*")
    page.get_by_role("button", name="6. Your logits").click()
    at(page, 6)
    page.get_by_role("button", name="optimum").click()
    page.wait_for_url("**done=1%2C2%2C5%2C6*")
    page.reload()
    at(page, 6)
    expect(page.get_by_role("button", name="✓")).to_have_count(4)


def test_a_click_on_a_merged_cell_ticks_its_step(open_page):
    page = open_page("/learn?step=3", viewport=WIDE)
    at(page, 3)
    area = page.locator(".stPlotlyChart .nsewdrag").first
    area.wait_for()
    box = area.bounding_box()
    page.mouse.click(box["x"] + 0.87 * box["width"], box["y"] + 0.62 * box["height"])
    expect(page.get_by_role("cell", name="II: minority merged")).to_have_count(2)
    page.wait_for_url("**done=3*")


def test_the_answer_is_folded_and_the_link_opens_the_same_run(open_page):
    page = open_page("/learn?step=4", viewport=WIDE)
    at(page, 4)
    answer = page.get_by_text("Every center pulls every feature")
    expect(answer).to_be_hidden()
    page.get_by_text("Do the features of a class spread out").click()
    expect(answer).to_be_visible()
    page.get_by_role("link", name="Open this run in Multiple centers").click()
    expect(heading(page)).to_have_text("Multiple centers")
    assert "strategy=al" in page.url


def test_a_phone_shows_all_of_it(open_page):
    page = open_page("/learn?step=5", viewport={"width": 400, "height": 800})
    at(page, 5)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
