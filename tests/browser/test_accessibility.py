"""Every page against axe-core, in both themes and projected; the keyboard; buttons in one place.

`axe/` holds axe-core 4.14.1 as npm has it (`npm pack axe-core`), with its licences.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.serving import ROOT
from tests.browser.shots import settle

AXE = (Path(__file__).parent / "axe/axe.min.js").read_text()
TITLES = re.findall(r'title="([^"]+)"', (ROOT / "app/main.py").read_text())
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CHECK = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) => nodes
    .filter(() => impact === "serious" || impact === "critical")
    .map((node) => `${id}: ${node.html.slice(0, 120)}`));
}"""
# How the focus shows on the element that has it, in whichever shadow root that is.
FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const own = element.getRootNode() instanceof ShadowRoot || element.matches("a[title]");
  const name = element.getAttribute("aria-label") ?? element.textContent.trim();
  return { name, own, seen: outlineStyle !== "none" || boxShadow !== "none" };
}"""

# Colours fade into each other; what is removed meanwhile aborts, what turns for ever never ends.
FADED = """() => Promise.allSettled(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
  .map((animation) => animation.finished))"""

pytestmark = pytest.mark.browser


# By rule and start of the element, of what Streamlit draws and no theme option reaches.
ALLOWED = (
    # Keywords, strings and comments in its highlighted code, light theme.
    'color-contrast: <span class="token token ',
)


def violations(page):
    return [what for what in page.evaluate(CHECK, RULES) if not what.startswith(ALLOWED)]


def in_the(page, theme):
    """Change the theme as the system would; the page follows without a reload."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    page.evaluate(FADED)


def places(page):
    """Where "Copy link" and "Present" stand."""
    buttons = [
        page.get_by_role("button", name=name, exact=True) for name in ("Copy link", "Present")
    ]
    return [tuple(map(round, button.bounding_box().values())) for button in buttons]


def test_every_page_passes_axe_in_both_themes_and_projected_with_its_buttons_in_one_place(
    open_page,
):
    page = open_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.evaluate(AXE)
    found, where = {}, {}
    for title in TITLES:
        page.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_title(f"{title} · Collapse Lab")
        settle(page)
        where[title] = places(page)
        found[title, "light"] = violations(page)
        in_the(page, "dark")
        found[title, "dark"] = violations(page)
        page.get_by_role("button", name="Present", exact=True).click()
        leave = page.get_by_role("button", name="Leave", exact=True)
        expect(leave).to_be_visible()
        settle(page)
        found[title, "projected"] = violations(page)
        in_the(page, "light")
        leave.click()
        expect(page.get_by_role("button", name="Present", exact=True)).to_be_visible()
        settle(page)
    assert not (wrong := {key: what for key, what in found.items() if what}), wrong
    assert len(set(map(str, where.values()))) == 1, where


@pytest.mark.parametrize("path", ["/", "/boundaries", "/collapse", "/tune", "/papers"])
def test_the_keyboard_reaches_every_control_in_order_and_shows_where_it_is(open_page, path):
    page = open_page(path, viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    settle(page)
    page.locator("body").press("Tab")
    reached = []
    while (at := page.evaluate(FOCUSED)) is not None and len(reached) < 150:
        reached.append(at)
        page.keyboard.press("Tab")
    names = [at["name"] for at in reached]
    for title in TITLES:
        assert title in names
    assert names.index("Papers") < names.index("Copy link") < names.index("Present")
    assert [at for at in reached if at["own"] and not at["seen"]] == []
