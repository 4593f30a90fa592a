"""The four verdicts, and what a check gives."""

import math
from typing import Literal, NamedTuple

Verdict = Literal["holds", "part", "fails", "untested"]

VERDICT_WORDS: dict[Verdict, str] = {
    "holds": "holds",
    "part": "holds in part",
    "fails": "does not hold at this scale",
    "untested": "not tested here",
}


class Measured(NamedTuple):
    """What a check found.

    Attributes
    ----------
    values : dict of str to float
        The figures; finite.
    text : str
        The same in one or two sentences.
    verdict : Verdict
        What follows from the figures; never "untested".
    """

    values: dict[str, float]
    text: str
    verdict: Verdict


def verdict_of(holds: bool, in_part: bool = False) -> Verdict:
    """Return "holds", else "part" if so much is true, else "fails"."""
    if holds:
        return "holds"
    return "part" if in_part else "fails"


def within(error: float) -> str:
    """Write a bound on an error: a power of ten, none below 1e-9, where rounding begins."""
    return f"{10.0 ** math.ceil(math.log10(max(error, 1e-9))):.0e}"
