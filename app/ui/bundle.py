"""Scripts and styles of the live pictures: what they share first, then their own parts."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def script(*parts: str) -> str:
    """Join script files of the assets, after ``shared.js``, to one module of the browser."""
    return _joined("shared.js", *parts)


def style(*parts: str) -> str:
    """Join style sheets of the assets, after ``shared.css``."""
    return _joined("shared.css", *parts)


def _joined(*names: str) -> str:
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)
