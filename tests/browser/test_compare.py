"""The page /compare in a browser: ticks in the table, a file out and in again, the way to a run."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.shots import settle

pytestmark = pytest.mark.browser

ROW, MARK = 35, 20  # pixels: height of a row, middle of its box


def tick(page, row, left):
    """Click the box of a row, counted from 1, and wait for as many runs as should be left."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + MARK, box["y"] + ROW * (row + 0.5))
    expect(cards(page)).to_have_count(left)
    settle(page)


def cards(page):
    """Heads of the cards."""
    return page.locator("[data-testid=stMarkdown] strong")


def chosen(page):
    found = re.search("runs=([0-9a-f%2C]+)", page.url)
    return found.group(1).split("%2C") if found else []


def test_ticked_runs_stand_side_by_side_and_one_opens(open_page):
    page = open_page("/compare?kind=UFMSpec", viewport={"width": 1400, "height": 1600})
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    settle(page)
    tick(page, 1, left=1)
    expect(page.get_by_text("What differs in their settings")).to_have_count(0)
    for row in (2, 3, 4):
        tick(page, row, left=row)
    four = chosen(page)
    assert len(four) == 4
    tick(page, 5, left=4)
    expect(page.get_by_text("Up to 4 runs fit side by side")).to_be_visible()
    settle(page)
    assert chosen(page) == four
    tick(page, 1, left=3)
    assert chosen(page) == four[1:]
    expect(page.get_by_text("What differs in their settings")).to_be_visible()
    page.get_by_role("link", name="Open in Collapse").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Collapse, live")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    expect(cards(page)).to_have_count(3)
    assert chosen(page) == four[1:]


def test_a_downloaded_run_comes_in_again_where_it_is_not(open_page, tmp_path):
    page = open_page("/collapse?classes=3&dim=4&steps=60&seed=23")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Run again").wait_for()
    settle(page)
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    settle(page)
    tick(page, 1, left=1)
    (id,) = chosen(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Run (.safetensors)").click()
    download.value.save_as(file := tmp_path / "sent by a friend.safetensors")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("button", name="Run (.safetensors)")).to_have_count(0)
    expect(cards(page)).to_have_count(0)
    assert chosen(page) == []
    page.get_by_text("Add a run that somebody sent").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(page.get_by_text("and ticked it in the table")).to_be_visible()
    settle(page)
    assert chosen(page) == [id]
    expect(cards(page)).to_have_text(["CE, 3 classes, R = 10"])


def test_a_narrow_page_is_not_wider_than_its_window(open_page):
    page = open_page("/compare", viewport={"width": 400, "height": 900})
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    settle(page)
    tick(page, 1, left=1)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
