"""How a method's score depends on its learning rate and weight decay."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import METRICS
from app.errors import UserError
from app.probe.candidates import candidates
from app.probe.method import MethodName
from app.probe.methods import METHODS
from app.probe.selection import choosing_split, may_be_reported
from app.probe.spec import ProbeSpec

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

# Colours begin at this quantile of all scores: what diverged would take all of the scale.
_LIGHTEST = 0.2


class Tried(NamedTuple):
    """The settings a method was trained with, and its score at each.

    Attributes
    ----------
    rates, decays : list of str
        As they are written on axes.
    scores : (rates, decays) array
        NaN where it diverged.
    """

    rates: list[str]
    decays: list[str]
    scores: FloatArray


def tried(spec: ProbeSpec, arrays: Arrays, name: MethodName) -> Tried:
    """Return the rates and decays of a method with its scores.

    Raises
    ------
    UserError
        See `sensitivity`.
    """
    scores = sensitivity(spec, arrays, name)
    heads = [head for head in candidates(spec) if head.method.name == name]
    rates = list(dict.fromkeys(f"{head.learning_rate:.3g}" for head in heads))
    decays = list(dict.fromkeys(f"{head.weight_decay:.3g}" for head in heads))
    return Tried(rates, decays, scores)


def span(spec: ProbeSpec, arrays: Arrays) -> tuple[float, float]:
    """Return a range of scores for the maps of all trained methods, so that they compare.

    It leaves out the lowest fifth of all scores, what diverged among them.

    Raises
    ------
    UserError
        If no method is trained.
    """
    trained = [name for name in spec.methods if METHODS[name].trained]
    if not trained:
        raise UserError(f"methods must hold a trained one, got {', '.join(spec.methods)}.")
    scores = np.concatenate([sensitivity(spec, arrays, name).ravel() for name in trained])
    known = scores[np.isfinite(scores)]
    if not known.size:
        return 0.0, 1.0
    return float(np.quantile(known, _LIGHTEST)), float(known.max())


def sensitivity(spec: ProbeSpec, arrays: Arrays, name: MethodName) -> FloatArray:
    """Return the test score of a method at every rate and decay tried, (rates, decays).

    Each is of the state that the spec's selection reports for it, mean over seeds.

    Raises
    ------
    UserError
        If the method was not compared or is not trained.
    """
    if name not in spec.methods or not METHODS[name].trained:
        raise UserError(f"method must be a trained one of the comparison, got {name!r}.")
    places = [c for c, found in enumerate(candidates(spec)) if found.method.name == name]
    metric, steps = METRICS.index(spec.metric), arrays["history/step"]
    length = int(steps[-1]) // spec.epochs
    times = np.flatnonzero(
        [may_be_reported(spec.selection, int(step), length, trained=True) for step in steps]
    )
    test = arrays["history/test"][..., metric][:, places]
    chosen = np.full(test.shape[1:], times[-1])
    if spec.selection != "last":
        split = arrays[f"history/{choosing_split(spec.selection)}"][..., metric][:, places]
        chosen = times[np.where(np.isnan(split), -np.inf, split)[times].argmax(axis=0)]
    found = np.take_along_axis(test, chosen[None], axis=0)[0].mean(axis=1)
    return np.asarray(found.reshape(max(1, len(spec.learning_rates)), -1))
