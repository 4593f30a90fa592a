"""Post-hoc rules on the logits of stage 1, tuned on one split and judged on another."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import Setup, affine_form, score_function
from app.adjust.tuners import duel_rows, make_tuner
from app.data.features import Rows
from app.errors import UserError
from app.probe.method import Rule
from app.probe.starts import Classifier
from app.probe.state import State

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_BOUNDS = (0.0, 3.0)


class Adjusted(NamedTuple):
    """A rule with its parameter.

    Attributes
    ----------
    rule : Rule
    value : float
    state : State
        One classifier with the same predictions; for votes, which no classifier has, stage 1.
    """

    rule: Rule
    value: float
    state: State


def setup_of(counts: IntArray, weights: FloatArray, bias: FloatArray) -> Setup:
    """Return what rules use besides logits, from the stage-1 classifier.

    Duels of the 1vs1adjuster are between class vectors at the angles of a simplex ETF, as in the
    paper (Hasegawa and Sato, ICLR 2025, Algorithm 1), and between features of equal norms.
    """
    return Setup(counts, weight_norms=np.linalg.norm(weights, axis=1), bias=bias)


def adjust(
    rule: Rule,
    first: Classifier,
    setup: Setup,
    tuning: tuple[FloatArray, IntArray] | None,
    metric: str,
) -> Adjusted:
    """Tune a rule and fold it into the classifier.

    Parameters
    ----------
    rule : Rule
    first : Classifier
        Of stage 1.
    setup : Setup
    tuning : (logits (N, K), labels (N,)) or None
        None leaves the rule's own value.
    metric : str
        What is maximised.
    """
    value = rule.value
    if rule.tuned and tuning is not None:
        logits, labels = tuning
        tuner = make_tuner(rule.adjuster, logits, labels, setup, _BOUNDS)
        rows = np.arange(labels.size)
        value = tuner.tune(rows, metric, _BOUNDS).parameters[rule.parameter]
    return Adjusted(rule, value, _folded(rule, value, first, setup))


def votes(rule: Rule, value: float, logits: FloatArray, setup: Setup) -> FloatArray:
    """Return the scores (N, K) of a rule that no classifier has, from stage-1 logits (N, K)."""
    return score_function(rule.adjuster, setup, {rule.parameter: value})(logits)


def is_vote(rule: Rule | None) -> bool:
    """Whether a rule's scores are votes, which are no linear function of the features."""
    return rule is not None and rule.adjuster == "1vs1"


def check_votes(rows: Rows, num_classes: int) -> None:
    """Refuse the 1vs1adjuster where its duels would take too long.

    Raises
    ------
    UserError
        In one sentence.
    """
    if rows.labels.size > duel_rows(num_classes):
        raise UserError(
            f"methods must leave out '1vs1' for {rows.labels.size:,} rows of {num_classes:,} "
            f"classes: it can take {duel_rows(num_classes):,} rows of so many classes."
        )


def _folded(rule: Rule, value: float, first: Classifier, setup: Setup) -> State:
    if is_vote(rule):
        return State.linear(first.weights[None], first.bias[None])
    scale, offset = affine_form(rule.adjuster, setup, {rule.parameter: value})
    factor = np.broadcast_to(scale, first.bias.shape)
    bias = np.zeros_like(first.bias) if rule.adjuster == "tau-norm" else first.bias
    return State.linear((factor[:, None] * first.weights)[None], (factor * bias + offset)[None])
