"""Judging a parameter that was chosen, not tuned."""

from dataclasses import replace
from typing import get_args

import numpy as np

from app.adjust.adjusters import ADJUSTERS, AdjusterName, score_function
from app.adjust.compare import Comparison, Line
from app.adjust.judge import judge_rows
from app.adjust.metrics import METRICS, Metric, class_recalls, expected_calibration_error
from app.adjust.path import PathRule


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
    name, labels = tuned.name, work.labels[tuned.rows]
    parameters = {parameter_of(name) or "": value}
    scores = score_function(name, work.setup, parameters)
    probabilistic = ADJUSTERS[name].probabilistic
    outcome = judge_rows(work.logits, work.labels, tuned.rows, scores, probabilistic)
    correct = outcome.predictions == labels
    sizes = np.bincount(labels, minlength=len(work.setup.groups))
    recalls = class_recalls(labels, correct, sizes.size)
    metrics = {m: Metric.of(m, sizes, work.setup.groups) for m in METRICS}
    return replace(
        tuned,
        parameters=parameters,
        optimum=None,
        bootstrap=None,
        fold_parameters=[],
        predictions=outcome.predictions,
        recalls=recalls,
        scores={m: float(metric.value(recalls)) for m, metric in metrics.items()},
        nll=-float(outcome.log_likelihoods.mean()),
        ece=expected_calibration_error(outcome.confidences, correct)
        if probabilistic
        else float("nan"),
        p_value=float("nan"),
    )


def chosen_by_hand(line: Line) -> bool:
    """Whether a line comes from `judge_by_hand`."""
    return not line.fold_parameters
