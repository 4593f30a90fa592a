"""The page /minority in a browser: the map draws, a click on a cell leads into its run."""

from playwright.sync_api import expect

from tests.browser.shots import settle

SMALL = "/minority?size=8"


def click_map(page, right, down):
    """Click at a share of the map's width and height."""
    area = page.locator(".stPlotlyChart .nsewdrag").first
    area.wait_for()
    settle(page)
    box = area.bounding_box()
    page.mouse.click(box["x"] + right * box["width"], box["y"] + down * box["height"])


def test_a_click_on_a_cell_shows_it_and_opens_its_run(open_page):
    page = open_page(SMALL, viewport={"width": 1400, "height": 1200})
    expect(page.get_by_role("heading", level=1)).to_have_text("Minority collapse")
    expect(page.get_by_text("In 64 of 64 cells measurement and theory agree.")).to_be_visible()
    link = page.get_by_test_id("stPageLink").filter(has_text="Open this run in Collapse")
    expect(link).to_have_count(0)
    click_map(page, 0.35, 0.7)
    expect(link).to_be_visible()
    assert "row=2" in page.url
    assert "column=2" in page.url
    expect(page.get_by_role("cell", name="I: minority distinct")).to_have_count(2)
    click_map(page, 0.95, 0.05)
    expect(page.get_by_role("cell", name="IV: all at zero")).to_have_count(2)
    assert "row=7" in page.url
    link.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Collapse, live")
    assert "head_count=5000" in page.url
    assert "against=optimum" in page.url
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_narrow_page_is_not_wider_than_its_window(open_page):
    page = open_page(f"{SMALL}&row=3&column=3", viewport={"width": 400, "height": 900})
    expect(page.get_by_text("cells measurement and theory agree")).to_be_visible()
    settle(page)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
