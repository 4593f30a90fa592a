"""Styles of the live pictures: what they share first, then their own parts."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def style(*parts: str) -> str:
    """Join style sheets of the assets, after ``shared.css``."""
    names = ("shared.css", *parts)
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)
