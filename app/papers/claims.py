"""Claims of the papers, and what circulates about them wrongly: one JSON file each."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "papers"
_MISREADINGS = "misreadings"


@dataclass(frozen=True)
class Claim:
    """A statement that can be held against a measurement.

    Attributes
    ----------
    id : str
        Unique among all papers.
    claim : str
        In our own words.
    page : str or None
        The page that shows it, if one does.
    query : dict of str to str
        Settings of that page; those not named are its defaults.
    check : str or None
        Name in `app.papers.checks.CHECKS`, None where nothing is measured here.
    why : str
        Why the result is what it is, or why there is none.
    """

    id: str
    claim: str
    page: str | None
    query: dict[str, str]
    check: str | None
    why: str


@dataclass(frozen=True)
class Paper:
    """A paper, or the collection of what circulates wrongly, with its claims.

    Attributes
    ----------
    title, authors, venue, url : str
        The last three are empty for the collection.
    words : str
        What it is about, in a sentence.
    claims : tuple of Claim
    """

    title: str
    authors: str
    venue: str
    url: str
    words: str
    claims: tuple[Claim, ...]


@cache
def papers() -> tuple[Paper, ...]:
    """Return the papers with their claims, in the order of their files' names."""
    files = sorted(FOLDER.glob("[0-9]*.json"))
    return tuple(_paper(path) for path in files)


@cache
def misreadings() -> Paper:
    """Return what circulates about the papers wrongly."""
    return _paper(FOLDER / f"{_MISREADINGS}.json")


def all_claims() -> tuple[Claim, ...]:
    """Return the claims of all papers, and what circulates wrongly."""
    return tuple(claim for paper in (*papers(), misreadings()) for claim in paper.claims)


def _paper(path: Path) -> Paper:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    claims = tuple(_claim(**item) for item in content.pop("claims"))
    return Paper(claims=claims, **content)


def _claim(
    id: str, claim: str, why: str, link: dict[str, Any] | None = None, check: str | None = None
) -> Claim:
    link = link or {"page": None}
    return Claim(id, claim, link["page"], link.get("query", {}), check, why)
