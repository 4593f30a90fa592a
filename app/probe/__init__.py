"""Classifier re-training on the frozen features of a long-tailed data set.

PyTorch is imported when training starts.
"""

from app.losses.targets import optimal_gap, smoothing_of_gap
from app.probe.candidates import Candidate, candidates
from app.probe.measures import (
    balance,
    logits_magnitude,
    normalized,
    regularized_std,
    weight_norms,
)
from app.probe.method import Method, MethodName
from app.probe.methods import METHODS
from app.probe.own import own_data
from app.probe.results import (
    Difference,
    Line,
    Score,
    comparison,
    reported_scores,
    reported_state,
)
from app.probe.run import run, total_steps
from app.probe.selection import protocol
from app.probe.sensitivity import sensitivity
from app.probe.spec import SELECTION_WORDS, ProbeSpec
from app.probe.spread import spread_fit

__all__ = [
    "METHODS",
    "SELECTION_WORDS",
    "Candidate",
    "Difference",
    "Line",
    "Method",
    "MethodName",
    "ProbeSpec",
    "Score",
    "balance",
    "candidates",
    "comparison",
    "logits_magnitude",
    "normalized",
    "optimal_gap",
    "own_data",
    "protocol",
    "regularized_std",
    "reported_scores",
    "reported_state",
    "run",
    "sensitivity",
    "smoothing_of_gap",
    "spread_fit",
    "total_steps",
    "weight_norms",
]
