"""Classifier re-training on the frozen features of a long-tailed data set.

PyTorch is imported when training starts.
"""

from app.probe.candidates import Candidate, candidates
from app.probe.measures import balance, logits_magnitude, normalized, regularized_std
from app.probe.methods import METHODS, Method, MethodName
from app.probe.run import run
from app.probe.spec import SELECTION_WORDS, ProbeSpec

__all__ = [
    "METHODS",
    "SELECTION_WORDS",
    "Candidate",
    "Method",
    "MethodName",
    "ProbeSpec",
    "balance",
    "candidates",
    "logits_magnitude",
    "normalized",
    "regularized_std",
    "run",
]
