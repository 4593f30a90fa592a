"""The page /papers as a user meets it, without a browser."""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app.papers import all_claims, misreadings, papers, read_results
from app.ui.papers.links import PAGES, link
from app.ui.papers.spec import PapersSpec
from app.ui.papers.tables import claims_table, verdict_of
from app.ui.text import plain
from tests.definitions import without_definitions

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"
SHOWN = [claim for claim in all_claims() if claim.page]


def opened(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/papers.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def texts(app):
    """What is written, without the definitions of its words."""
    return without_definitions("\n".join(m.value for m in app.markdown))


def listed(app):
    shown = texts(app)
    return {c.id for p in papers() for c in p.claims if f"| {plain(c.claim)}" in shown}


@pytest.fixture(scope="module")
def page():
    return opened()


def test_every_claim_stands_with_its_measurement_and_its_date(page):
    shown = texts(page)
    assert [s.value for s in page.subheader] == [
        *(p.title for p in (*papers(), misreadings())),
        "Words and symbols",
    ]
    for claim in all_claims():
        assert plain(claim.claim) in shown
        assert plain(claim.why) in shown
    for result in read_results().values():
        assert f"{plain(result.text)} ({plain(result.date)})" in shown


def test_the_summary_counts_the_verdicts(page):
    results = read_results()
    claims = [claim for paper in papers() for claim in paper.claims]
    untested = sum(verdict_of(claim, results) == "untested" for claim in claims)
    assert f"{len(claims)} claims. ✓ holds: " in texts(page)
    assert f"– not tested here: {untested}" in texts(page)


@pytest.mark.parametrize("claim", SHOWN, ids=lambda claim: claim.id)
def test_a_link_opens_the_state_that_is_meant(claim):
    title, kind = PAGES[claim.page]
    assert claim.query.keys() <= kind.model_fields.keys()
    meant, problems = kind.from_query(claim.query)
    assert not problems
    label, address = link(claim)[1:-1].split("](")
    assert label == f"{title} →"
    page, query = address.split("?")
    assert page == claim.page
    assert kind.from_query(dict(parse_qsl(query, keep_blank_values=True))) == (meant, [])


def test_a_claim_that_no_page_shows_has_no_link():
    claim = next(claim for claim in all_claims() if claim.page is None)
    assert link(claim) == ""
    assert "Nothing." in claims_table([claim], {})
    assert "not tested here" in claims_table([claim], {})


def test_the_link_of_the_page_filters_by_verdict():
    results = read_results()
    app = opened(verdicts="fails,untested")
    wanted = {
        claim.id
        for paper in papers()
        for claim in paper.claims
        if verdict_of(claim, results) in ("fails", "untested")
    }
    assert listed(app) == wanted
    assert app.session_state["papers:spec"] == PapersSpec(verdicts=("fails", "untested"))


def test_papers_without_a_chosen_verdict_say_so():
    app = opened(verdicts="fails")
    none = [c.value for c in app.caption if c.value.startswith("No claim of this paper")]
    fails = [p for p in papers() if any(verdict_of(c, read_results()) == "fails" for c in p.claims)]
    assert len(none) == len(papers()) - len(fails)
    assert len(none) > 0


def test_projected_the_controls_are_gone(page):
    app = opened(view="teach")
    assert not app.get("button_group")
    assert page.get("button_group")
    assert listed(app) == listed(page)


def test_an_unknown_verdict_is_named():
    app = opened(verdicts="maybe")
    assert "maybe" in app.warning[0].value
    assert len(listed(app)) == sum(len(paper.claims) for paper in papers())
