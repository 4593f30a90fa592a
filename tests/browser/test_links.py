"""A copied link reopens the page as it was, for somebody who was never here."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.shots import settle

pytestmark = pytest.mark.browser


def copied(page):
    """The link that "Copy link" gives, read from the clipboard."""
    page.get_by_role("button", name="Copy link", exact=True).click()
    expect(page.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    return page.evaluate("() => navigator.clipboard.readText()")


def test_a_copied_link_reopens_the_picture_as_it_was_dragged(open_page):
    allowed = ["clipboard-read", "clipboard-write"]
    page = open_page("/boundaries", permissions=allowed, reduced_motion="reduce")
    gamma = page.get_by_role("slider", name="gamma", exact=True)
    gamma.press("End")
    page.wait_for_url("**gamma=2*")
    settle(page)
    link = urlsplit(copied(page))
    query = parse_qs(link.query)
    assert (query["gamma"], query["seed"], query["v"]) == (["2.0"], ["0"], ["1"])
    again = open_page(f"{link.path}?{link.query}", reduced_motion="reduce")
    slider = again.get_by_role("slider", name="gamma", exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "gamma 2.00")
    settle(again)
    expect(again).to_have_url(page.url)


def test_present_keeps_the_settings_and_leave_brings_the_controls_back(open_page):
    page = open_page("/papers?verdicts=fails")
    chosen = page.get_by_role("button", name="does not hold at this scale")
    expect(chosen).to_be_visible()
    page.get_by_role("button", name="Present", exact=True).click()
    page.wait_for_url("**view=teach*")
    expect(chosen).to_have_count(0)
    assert "verdicts=fails" in page.url
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(chosen).to_be_visible()
    assert page.url.endswith("/papers?verdicts=fails")
