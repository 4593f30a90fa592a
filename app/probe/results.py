"""The table of a comparison: every method's reported scores with their uncertainty."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.metrics import METRICS, MetricName
from app.adjust.significance import paired_test
from app.data.features import FeatureSet, Rows
from app.errors import UserError
from app.longtail import frequency_groups
from app.probe.candidates import candidates
from app.probe.judge import Jury, right
from app.probe.method import MethodName
from app.probe.methods import METHODS
from app.probe.posthoc import is_vote, setup_of, votes
from app.probe.selection import choosing_split
from app.probe.spec import ProbeSpec
from app.probe.state import Columns, State

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

# Random re-assignments of a test: a table holds dozens of tests.
_DRAWS = 1_999

BASELINES: tuple[MethodName, ...] = ("stage1", "balanced-softmax")


class Score(NamedTuple):
    """A mean over seeds with its 95 % interval by Student's t; NaN ends for a single seed."""

    mean: float
    low: float
    high: float


class Difference(NamedTuple):
    """A score minus that of a baseline, seed by seed.

    Attributes
    ----------
    score : Score
    p_value : float
        That the two differ on the test rows, for the first seed, by
        `app.adjust.significance.paired_test`.
    """

    score: Score
    p_value: float


@dataclass(frozen=True)
class Line:
    """One method as reported; every score is of test rows.

    Attributes
    ----------
    name : str
    title : str
    scores : dict of metric to Score
        NaN (n/a) where no class counts for it.
    against : dict of baseline to Difference
        In the metric of the spec; without baselines that were not compared.
    epochs : tuple of S float
        When the reported states were reached; 0 where nothing is trained.
    learning_rates, weight_decays : tuple of S float
        NaN where nothing is trained.
    parameters : tuple of S float
        Of a post-hoc rule, else NaN.
    chosen : str
        What was chosen and on which rows, in words.
    """

    name: MethodName
    title: str
    scores: dict[MetricName, Score]
    against: dict[MethodName, Difference]
    epochs: tuple[float, ...]
    learning_rates: tuple[float, ...]
    weight_decays: tuple[float, ...]
    parameters: tuple[float, ...]
    chosen: str


def comparison(
    spec: ProbeSpec,
    arrays: Arrays,
    data: FeatureSet,
    baselines: tuple[MethodName, ...] = BASELINES,
) -> list[Line]:
    """Return a line a method, from the arrays of a snapshot or run.

    Parameters
    ----------
    spec : ProbeSpec
    arrays : mapping
        Of `app.probe.run`.
    data : FeatureSet
        What was run on.
    baselines : tuple of str
        Methods to take differences to.
    """
    jury = Jury(data.test, frequency_groups(arrays["counts"]))
    values = jury.scores(np.asarray(arrays["recalls"], dtype=np.float64))
    present = tuple(name for name in baselines if name in spec.methods)
    correct = {name: _first_seed(spec, arrays, data.test, name) for name in spec.methods}
    metric, q = jury.metrics[spec.metric], METRICS.index(spec.metric)

    def against(m: int, other: MethodName) -> Difference:
        gaps = values[m, :, q] - values[spec.methods.index(other), :, q]
        pair = correct[spec.methods[m]], correct[other]
        return Difference(score(gaps), paired_test(metric, jury.labels, *pair, _DRAWS))

    return [
        _line(
            spec,
            arrays,
            m,
            {kind: score(values[m, :, i]) for i, kind in enumerate(METRICS)},
            {other: against(m, other) for other in present if other != name},
        )
        for m, name in enumerate(spec.methods)
    ]


def score(values: ArrayLike) -> Score:
    """Mean and 95 % t-interval of values (S,)."""
    from scipy.special import stdtrit

    found = np.asarray(values, dtype=np.float64)
    mean = float(found.mean())
    if found.size < 2:
        return Score(mean, math.nan, math.nan)
    width = float(stdtrit(found.size - 1, 0.975) * found.std(ddof=1) / math.sqrt(found.size))
    return Score(mean, mean - width, mean + width)


def reported_state(spec: ProbeSpec, arrays: Arrays, name: MethodName, seed: int = 0) -> State:
    """Return the reported classifier (one head) of a method; ``seed`` counts from 0.

    Raises
    ------
    UserError
        If the method was not compared.
    """
    if name not in spec.methods:
        raise UserError(f"method must be one of {', '.join(spec.methods)}, got {name!r}.")
    m = spec.methods.index(name)
    keys = ("classifier", "bias", "gain", "shift", "gate", "unit")
    return State(*(arrays[key][m, seed][None] for key in keys))


def reported_scores(
    spec: ProbeSpec, arrays: Arrays, rows: Rows, name: MethodName, seed: int = 0
) -> FloatArray:
    """Return what a method scores on rows, (N, K): logits, or votes of the 1vs1adjuster.

    Raises
    ------
    UserError
        If the method was not compared.
    """
    state = reported_state(spec, arrays, name, seed)
    logits = np.asarray(Columns(rows.features).logits(state)[0].T, dtype=np.float64)
    rule = METHODS[name].rule
    if rule is None or not is_vote(rule):
        return logits
    setup = setup_of(arrays["counts"], state.weights[0], state.bias[0])
    value = float(arrays["parameter"][spec.methods.index(name), seed])
    return votes(rule, value, logits, setup)


def measured(spec: ProbeSpec, arrays: Arrays, name: str) -> dict[MethodName, FloatArray]:
    """Return a measure of every method that has it, (K,), mean over seeds.

    Votes and classifiers that diverged have none; where all are zero, no class is told apart.

    Parameters
    ----------
    spec : ProbeSpec
    arrays : mapping
        Of `app.probe.run`.
    name : "magnitude", "deviation" or "norms"
    """
    found = np.asarray(arrays[name], dtype=np.float64)
    return {
        method: found[m].mean(axis=0)
        for m, method in enumerate(spec.methods)
        if np.isfinite(found[m]).all() and found[m].any()
    }


def _first_seed(spec: ProbeSpec, arrays: Arrays, rows: Rows, name: MethodName) -> NDArray[np.bool_]:
    """Who is right, (N,), by the rule of `app.probe.judge`."""
    with np.errstate(all="ignore"):  # a classifier may have diverged
        scores = reported_scores(spec, arrays, rows, name)
    if is_vote(METHODS[name].rule):
        return np.asarray(scores.argmax(axis=1) == rows.labels)
    return np.asarray(right(scores.T[None], rows.labels)[0])


def _line(
    spec: ProbeSpec,
    arrays: Arrays,
    m: int,
    scores: dict[MetricName, Score],
    against: dict[MethodName, Difference],
) -> Line:
    heads, method = candidates(spec), METHODS[spec.methods[m]]
    used = [heads[c] for c in arrays["chosen_candidate"][m]]
    length = max(1, int(arrays["history/step"][-1]) // spec.epochs)
    epochs = tuple(float(step) / length for step in arrays["chosen_step"][m])
    parameters = tuple(float(value) for value in arrays["parameter"][m])
    return Line(
        method.name,
        method.title,
        scores,
        against,
        epochs,
        tuple(candidate.learning_rate for candidate in used),
        tuple(candidate.weight_decay for candidate in used),
        parameters,
        _words(spec, arrays, method.name, epochs, parameters),
    )


def _words(
    spec: ProbeSpec,
    arrays: Arrays,
    name: MethodName,
    epochs: tuple[float, ...],
    parameters: tuple[float, ...],
) -> str:
    method, split = METHODS[name], choosing_split(spec.selection)
    chosen = f"chosen on {split} rows"
    if method.rule is not None:
        tuned = method.rule.tuned and not np.isnan(arrays[f"history/{split}"]).all()
        how = chosen if tuned else "not tuned"
        return f"{method.rule.parameter} = {_listed(parameters)}, {how}"
    if not method.trained:
        return "not trained"
    how = "the last" if spec.selection == "last" else chosen
    return f"epoch {_listed(epochs)} of {spec.epochs}, {how}"


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)
