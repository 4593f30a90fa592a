"""Scores of a comparison over epochs, and where each method is reported."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import METRICS, MetricName
from app.probe.method import MethodName
from app.probe.methods import METHODS
from app.probe.spec import ProbeSpec

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


class ScoreCurves(NamedTuple):
    """A score on test rows, mean over seeds.

    Attributes
    ----------
    epochs : (T,) array
    scores : dict of method to (T,) array
        Of what takes steps; of several rates and decays the one that each seed reports. NaN where
        nothing is known yet.
    reported : dict of method to (epoch, score)
        Of every method.
    """

    epochs: FloatArray
    scores: dict[MethodName, FloatArray]
    reported: dict[MethodName, tuple[float, float]]


def score_curves(
    spec: ProbeSpec, arrays: Arrays, metrics: Mapping[str, float], metric: MetricName
) -> ScoreCurves:
    """Return the curves of a metric, from the arrays and metrics of a snapshot or run."""
    steps = np.asarray(arrays["history/step"], dtype=np.float64)
    epoch = max(1.0, float(steps[-1]) / spec.epochs)
    test = np.asarray(arrays["history/test"])[..., METRICS.index(metric)]
    chosen, seeds = np.asarray(arrays["chosen_candidate"]), np.arange(spec.seeds)
    found = np.asarray(arrays["chosen_step"]) / epoch
    return ScoreCurves(
        steps / epoch,
        {
            name: test[:, chosen[m], seeds].mean(axis=1)
            for m, name in enumerate(spec.methods)
            if METHODS[name].trained
        },
        {
            name: (float(found[m].mean()), metrics.get(f"{name}/{metric}", math.nan))
            for m, name in enumerate(spec.methods)
        },
    )
