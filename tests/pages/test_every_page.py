"""What holds on every page: figures say their takeaway, and words have definitions."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.runs import default_store
from app.ui.glossary import glossary
from app.ui.text import plain

ROOT = Path(__file__).resolve().parents[2]
NAMES = re.findall(r'PAGES / "(\w+)\.py"', (ROOT / "app/main.py").read_text())
# Pages that show the more, the more is asked of them.
QUERIES = {"tune": {"data": "fashion-lt", "samples": "20"}, "learn": {"step": "5"}}
GENERIC = re.compile(
    r"(?i)^(a |an |the )?(figure|chart|plot|graph|image|picture|map|table)\b.{0,20}$"
)


@pytest.fixture(scope="module")
def pages():
    found = {}
    for name in NAMES:
        app = AppTest.from_file(str(ROOT / "app/main.py"), default_timeout=60)
        app.switch_page(f"../pages/{name}.py")
        app.query_params.update(QUERIES.get(name, {}))
        if name == "compare":
            app.query_params["runs"] = next(
                e.id for e in default_store().list()[0] if e.kind == "UFMSpec"
            )
        found[name] = app.run()
        assert not app.exception
    return found


def elements(node):
    """Every element of a page, in whichever column or tab."""
    for child in getattr(node, "children", {}).values():
        yield from elements(child)
        if not hasattr(child, "children"):
            yield child


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_states_its_takeaway(pages, name):
    charts = pages[name].get("plotly_chart")
    alts = [chart.proto.alt for chart in charts]
    for alt in alts:
        assert len(alt) > 25
        assert re.search(r"[a-z]{3}", alt)
        assert not GENERIC.match(alt)
    assert len(set(alts)) == len(alts)


def test_some_pages_have_many_figures(pages):
    assert sum(len(page.get("plotly_chart")) for page in pages.values()) > 10


def test_every_word_of_the_glossary_is_defined_on_some_page(pages):
    shown = []
    for name, page in pages.items():
        for element in elements(page.main):
            proto = getattr(element, "proto", None)
            shown.append(getattr(proto, "help", ""))
            if name != "papers" or "papers#words" in getattr(proto, "body", ""):
                shown.append(getattr(proto, "body", ""))
    text = "\n".join(shown)
    unused = [
        key
        for key, term in glossary().items()
        if f'"{term.meaning}"' not in text
        and plain(term.meaning) not in text
        and f"{term.name}: {term.meaning}" not in text
    ]
    assert not unused, " ".join(unused)
