import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_start_shows_its_title(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("Collapse Lab")
    expect(page).to_have_title("Start · Collapse Lab")


@pytest.mark.parametrize("path", ["/", "/tune"])
def test_every_address_of_the_page_table_opens_directly(open_page, path):
    page = open_page(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
