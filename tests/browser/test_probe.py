"""The page /probe in a browser: a comparison appears, grows, and goes on to /tune."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.shots import settle

pytestmark = pytest.mark.browser

SMALL = "/probe?methods=stage1,balanced-softmax,posthoc-la,lort&epochs=3&batch_size=256"


def test_a_comparison_appears_and_its_classifier_goes_on_to_tune(open_page):
    page = open_page(SMALL, viewport={"width": 1400, "height": 1000})
    expect(page.get_by_role("heading", level=1)).to_have_text("Linear probe")
    # Training imports PyTorch first.
    expect(page.get_by_text("Blind to biases.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("12,408 training rows of 10 classes")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.locator(".stPlotlyChart .plot-container")).to_have_count(7)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.get_by_role("button", name="cRT", exact=True).click()
    expect(page).to_have_url(re.compile("methods=stage1%2Cbalanced-softmax%2Ccrt%2C"))
    expect(page.get_by_text("Methods (5)")).to_be_visible()
    settle(page)  # what is left of the comparison before has gone
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    settle(page)
    page.get_by_role("button", name="Send Balanced softmax to Tune gamma").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tune gamma")
    expect(page.get_by_text("fashion-lt, Balanced softmax: 12,000 samples")).to_be_visible()


def test_a_narrow_page_is_not_wider_than_its_window(open_page):
    page = open_page(SMALL, viewport={"width": 400, "height": 900})
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=60_000)
    settle(page)
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(wide) <= 400
