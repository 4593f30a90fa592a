"""The multi-center model: free features, a multi-center frame, and the rules that read them."""

from app.centers.expected import Expected, expected, optimum_of
from app.centers.metrics import center_metrics
from app.centers.model import Model, model_of
from app.centers.noise import guess_shares, rule_accuracy
from app.centers.noisy import interval, noisy_accuracies
from app.centers.rules import RULE_WORDS, RuleName, rule_scores
from app.centers.run import run, train
from app.centers.spec import CentersSpec
from app.centers.sweep import Sweep, ratio_sweep, theta_sweep

__all__ = [
    "RULE_WORDS",
    "CentersSpec",
    "Expected",
    "Model",
    "RuleName",
    "Sweep",
    "center_metrics",
    "expected",
    "guess_shares",
    "interval",
    "model_of",
    "noisy_accuracies",
    "optimum_of",
    "ratio_sweep",
    "rule_accuracy",
    "rule_scores",
    "run",
    "theta_sweep",
    "train",
]
