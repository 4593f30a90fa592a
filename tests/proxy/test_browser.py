"""A browser before nginx: pages work, nothing breaks their policy, and what they weigh."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SEARCHED_BY_STREAMLIT
from tests.proxy.weight import Weight

pytestmark = pytest.mark.browser


def test_a_first_visit_and_a_second(browser, hosting):
    """The second asks only for what is no file named by its content; the files came packed."""
    context = browser.new_context()
    errors = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if _is_error(line) else None)
    weight = Weight(page)
    page.goto(f"{hosting.url}/boundaries")
    expect(page.get_by_role("heading", name="Boundaries").first).to_be_visible(timeout=60_000)
    expect(page.locator("canvas").first).to_be_visible(timeout=60_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=60_000)
    first = weight.files
    page.goto(f"{hosting.url}/tune")
    expect(page.get_by_role("heading", name="Tune gamma")).to_be_visible(timeout=60_000)
    context.close()
    assert not errors
    assert weight.files - first < first / 4
    assert first < 8_000_000


def _is_error(line):
    url = (line.location or {}).get("url", "")
    return line.type == "error" and not SEARCHED_BY_STREAMLIT.search(url)
