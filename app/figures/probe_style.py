"""One colour, dash and mark a re-training method, the same on every chart."""

from typing import NamedTuple

from app.figures.collapse_curves import COLORS
from app.figures.palette import SYMBOLS
from app.probe import METHODS, MethodName

_GRAY = "#8a8f98"
_DASHES = ("solid", "dash", "dot", "dashdot")
# The colours told apart best, for what is most often compared.
_FIRST: tuple[MethodName, ...] = (
    "lort",
    "balanced-softmax",
    "crt",
    "cb-bce",
    "ce",
    "posthoc-mla",
    "posthoc-la",
)


class Style(NamedTuple):
    """How a method is drawn."""

    color: str
    dash: str
    symbol: str


def _styles() -> dict[MethodName, Style]:
    rest = (name for name in METHODS if name not in _FIRST and name != "stage1")
    colors = (COLORS[1], COLORS[0], COLORS[2], COLORS[3], COLORS[4], COLORS[5], COLORS[6])
    styles: dict[MethodName, Style] = {"stage1": Style(_GRAY, "dash", SYMBOLS[0])}
    for place, name in enumerate((*_FIRST, *rest)):
        lap, color = divmod(place, len(colors))
        styles[name] = Style(colors[color], _DASHES[lap], SYMBOLS[(place + lap) % len(SYMBOLS)])
    return styles


STYLES: dict[MethodName, Style] = _styles()
