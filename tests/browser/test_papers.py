"""The page /papers in a browser: its tables, its links, its glossary."""

import pytest
from playwright.sync_api import expect

from app.papers import papers
from app.ui.glossary import glossary
from tests.browser.shots import settle

pytestmark = pytest.mark.browser


def test_a_claim_leads_to_the_page_that_shows_it_with_its_settings(open_page):
    page = open_page("/papers")
    expect(page.get_by_role("table")).to_have_count(len(papers()) + 1)
    settle(page)
    link = page.get_by_role("link", name="Boundaries →").first
    with page.context.expect_page() as opened:
        link.click()
    shown = opened.value
    expect(shown.get_by_role("heading", level=1)).to_have_text("Decision boundaries")
    settle(shown)
    expect(shown.get_by_test_id("stAlert")).to_have_count(0)


def test_a_word_is_explained_on_focus_and_leads_to_the_glossary(open_page):
    page = open_page("/papers", viewport={"width": 800, "height": 900})
    settle(page)
    word = page.get_by_role("table").get_by_role("link", name="MLA", exact=True).first
    expect(word).to_have_accessible_description(glossary()["MLA"].meaning)
    page.keyboard.press("Tab")  # from here on the focus shows, as for whoever uses keys
    word.focus()
    shown = word.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert glossary()["MLA"].meaning in shown
    with page.context.expect_page() as opened:
        word.click()
    expect(opened.value.get_by_role("heading", name="Words and symbols")).to_be_in_viewport()


def test_the_tables_can_be_read_on_a_narrow_page(open_page):
    page = open_page("/papers", viewport={"width": 800, "height": 900})
    settle(page)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 800
    for table in page.get_by_role("table").all():
        box = table.bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 800
