"""The strategies of assigning centers side by side, on the balanced test with noise."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.centers.model import model_of
from app.centers.noisy import noisy_accuracies
from app.centers.rules import RuleName
from app.centers.spec import STRATEGY_WORDS, CentersSpec, Strategy

Accuracies = Mapping[RuleName, NDArray[np.float64]]


def strategy_accuracies(spec: CentersSpec, noise: float, own: Accuracies) -> dict[str, Accuracies]:
    """Return the accuracies of every strategy by its words, all but the spec's at full collapse.

    The others have the same settings, but two centers a class at least and the dimensions they
    need; one center a class has theta = pi/2, where center and class vector are one.

    Parameters
    ----------
    spec : CentersSpec
    noise : float
        Of the test.
    own : mapping of rule to (seeds, K) array
        Accuracies of the strategy of the spec.
    """
    return {
        words: own if name == spec.strategy else collapsed_accuracies(_other(spec, name), noise)
        for name, words in STRATEGY_WORDS.items()
    }


@lru_cache(maxsize=64)
def collapsed_accuracies(spec: CentersSpec, noise: float) -> Accuracies:
    """Return the accuracies (seeds, K) of every rule for features at the mean directions."""
    frame = model_of(spec).frame
    labels = np.arange(frame.num_classes)
    return noisy_accuracies(frame, frame.directions, labels, np.array(spec.counts), noise)


def _other(spec: CentersSpec, strategy: Strategy) -> CentersSpec:
    changes: dict[str, object] = {"strategy": strategy, "dim": None}
    if strategy == "single":
        changes["theta"] = np.pi / 2
    if strategy == "cal" and spec.mean_centers < 2:
        changes["mean_centers"] = 2
    return spec.model_copy(update=changes)
