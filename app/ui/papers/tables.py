"""The tables of the page /papers, as Markdown."""

from collections.abc import Mapping, Sequence

from app.papers import VERDICT_WORDS, Claim, Paper, Result, Verdict
from app.ui.glossary import defined
from app.ui.papers.links import link
from app.ui.text import plain

SIGNS: dict[Verdict, str] = {"holds": "✓", "part": "◐", "fails": "✗", "untested": "–"}

Results = Mapping[str, Result]


def verdict_of(claim: Claim, results: Results) -> Verdict:
    """The verdict on a claim: that of its result, if it has one."""
    return results[claim.id].verdict if claim.id in results else "untested"


def claims_table(claims: Sequence[Claim], results: Results) -> str:
    """A row a claim: the claim and where to see it, verdict, what was measured, why."""
    rows = [
        [
            _claim(claim),
            _verdict(verdict_of(claim, results)),
            _measured(results.get(claim.id)),
            plain(claim.why),
        ]
        for claim in claims
    ]
    return _table(["Claim", "Verdict", "Measured here", "Why"], rows)


def misreadings_table(claims: Sequence[Claim], results: Results) -> str:
    """A row a misreading: what circulates and where to see it, what is right, what was measured."""
    rows = [[_claim(claim), plain(claim.why), _measured(results.get(claim.id))] for claim in claims]
    return _table(["What circulates", "What is right", "Measured here"], rows)


def heading(paper: Paper) -> str:
    """Authors, venue with its link, and what the paper is about."""
    source = f"{plain(paper.authors)}, [{plain(paper.venue)}]({paper.url})"
    return f"{source}. {defined(plain(paper.words))}"


def summary(claims: Sequence[Claim], results: Results) -> str:
    """How many claims have which verdict."""
    found = [verdict_of(claim, results) for claim in claims]
    counts = [f"{SIGNS[v]} {words}: {found.count(v)}" for v, words in VERDICT_WORDS.items()]
    return f"{len(claims)} claims. {' · '.join(counts)}"


def _claim(claim: Claim) -> str:
    return " ".join(part for part in (plain(claim.claim), link(claim)) if part)


def _verdict(verdict: Verdict) -> str:
    return f"**{SIGNS[verdict]} {VERDICT_WORDS[verdict]}**"


def _measured(result: Result | None) -> str:
    return "Nothing." if result is None else f"{plain(result.text)} ({plain(result.date)})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
