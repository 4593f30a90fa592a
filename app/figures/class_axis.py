"""Names of classes along an axis: as many as fit, and each one in the hover."""

from typing import Any

from app.figures.style import plain

_LONGEST = 14


def class_ids(names: list[str]) -> list[str]:
    """Return a category of its own for every class, (K,): its name, numbered if not the only one.

    Plotly draws equal categories in one place.
    """
    shown = [plain(name) for name in names]
    if len(set(shown)) == len(shown):
        return shown
    return [f"{name} ({k + 1})" for k, name in enumerate(shown)]


def shortened(name: str) -> str:
    """Return a name that fits at a tick, without markup."""
    return plain(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…")


def class_ticks(names: list[str]) -> dict[str, Any]:
    """Return the layout of an axis over `class_ids`, with long names cut at the ticks alone."""
    aliases = {i: shortened(i) for i in class_ids(names) if len(i) > _LONGEST}
    return {"type": "category", "labelalias": aliases, "showgrid": False}
