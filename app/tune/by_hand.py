"""Judging a parameter that was chosen, not tuned."""

from dataclasses import replace
from typing import get_args

from app.adjust.adjusters import ADJUSTERS, AdjusterName
from app.adjust.compare import Comparison, Line
from app.adjust.exact import PathRule


def parameter_of(name: AdjusterName) -> str | None:
    """The parameter one can choose: that of a rule with an exact path, else None."""
    return ADJUSTERS[name].parameters[0] if name in get_args(PathRule) else None


def judge_by_hand(work: Comparison, tuned: Line, value: float) -> Line:
    """Judge an adjuster at a chosen parameter on the rows that judge it tuned.

    Parameters
    ----------
    work : Comparison
    tuned : Line
        The same adjuster, tuned; of a rule with an exact path.
    value : float

    Returns
    -------
    Line
        Without optimum, bootstrap and rounds, since nothing was tuned. Its p is NaN: a value
        chosen by looking at the judged rows has no honest one.
    """
    parameters = {parameter_of(tuned.name) or "": value}
    return replace(work.line_at(tuned.name, parameters, tuned.rows), note=tuned.note)


def chosen_by_hand(line: Line) -> bool:
    """Whether a line comes from `judge_by_hand`."""
    return not line.fold_parameters
