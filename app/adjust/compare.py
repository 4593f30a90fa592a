"""Tuning adjusters on some rows and judging them on others, side by side.

Every number of a `Line` but its parameters is held out: for folds each sample is judged with
parameters tuned without its fold; for a split the tuning rows are not judged at all. Only "same"
judges what it tuned on, and says so.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import ADJUSTERS, AdjusterName, Parameters, Setup, score_function
from app.adjust.curve import Bootstrap, Optimum
from app.adjust.intervals import Bounds
from app.adjust.judge import Judged, judge_rows
from app.adjust.metrics import (
    METRICS,
    Metric,
    MetricName,
    class_recalls,
    expected_calibration_error,
)
from app.adjust.protocol import Judge, Protocol, make_protocol
from app.adjust.significance import paired_test
from app.adjust.tuners import PathTuner, Tuner, duel_rows, make_tuner
from app.errors import UserError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Paths are computed on at least these bounds, so that narrower ones only cut the curve.
USUAL_BOUNDS: Bounds = (0.0, 3.0)


@dataclass(frozen=True, eq=False)
class Line:
    """One adjuster, tuned and judged.

    Attributes
    ----------
    name : str
    parameters : dict
        Tuned on the protocol's final rows: what one takes home.
    optimum : Optimum or None
        Their exact interval of equally good values, for one-parameter rules.
    bootstrap : Bootstrap or None
        Spread of that optimum.
    fold_parameters : list of dict
        Tuned in each round; what the judging used.
    rows, predictions : (M,) int64 arrays
        Rows judged, and what was predicted for them.
    recalls : (K,) array
        Held-out recall of each class, NaN without samples.
    scores : dict of metric to float
        Held-out values, NaN where not defined.
    nll, ece : float
        Held-out mean negative log-likelihood and calibration error of the softmax of the scores;
        NaN for votes.
    p_value : float
        Of the difference to raw in the chosen metric, see `app.adjust.significance`.
    note : str
        Anything that sets the line apart, such as a smaller sample.
    """

    name: AdjusterName
    parameters: Parameters
    optimum: Optimum | None
    bootstrap: Bootstrap | None
    fold_parameters: list[Parameters]
    rows: IntArray
    predictions: IntArray
    recalls: FloatArray
    scores: dict[MetricName, float]
    nll: float
    ece: float
    p_value: float
    note: str = ""


@dataclass(eq=False)
class Comparison:
    """Adjusters on one data set: what has been computed for it is kept and used again.

    Parameters
    ----------
    logits : (N, K) float32 or float64 array
    labels : (N,) int64 array
    setup : Setup
    split : (N,) array of "tune" or "judge", or None
    """

    logits: NDArray[np.floating]
    labels: IntArray
    setup: Setup
    split: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        self._tuners: dict[tuple[AdjusterName, int | None], tuple[Bounds, Tuner]] = {}

    def available(self, name: AdjusterName) -> bool:
        """Whether the file holds what the adjuster needs and it can finish in time."""
        too_many = name == "1vs1" and duel_rows(len(self.setup.groups)) == 0
        return self.setup.usable(name) and not too_many

    def rows(self, name: AdjusterName, seed: int = 0) -> IntArray:
        """Rows an adjuster works on: all, or a random part where all would take too long."""
        most = duel_rows(len(self.setup.groups)) if name == "1vs1" else self.labels.size
        if most >= self.labels.size:
            return np.arange(self.labels.size)
        rng = np.random.default_rng(seed)
        return np.sort(rng.choice(self.labels.size, most, replace=False))

    def tuner(self, name: AdjusterName, seed: int = 0, bounds: Bounds = USUAL_BOUNDS) -> Tuner:
        """The adjuster's tuner, made at the first call.

        It is made again for wider bounds, and for another seed if rows are sampled.
        """
        rows = self.rows(name, seed)
        whole = rows.size == self.labels.size
        key = (name, None if whole else seed)
        (low, high), known = self._tuners.get(key, (USUAL_BOUNDS, None))
        if known is not None and low <= bounds[0] and bounds[1] <= high:
            return known
        wider = (min(bounds[0], low), max(bounds[1], high))
        logits = self.logits if whole else self.logits[rows]
        labels = self.labels if whole else self.labels[rows]
        tuner = make_tuner(name, logits, labels, self.setup, wider)
        self._tuners[key] = (wider, tuner)
        return tuner

    def protocol(
        self, name: AdjusterName, judge: Judge = "folds", folds: int = 5, seed: int = 0
    ) -> Protocol:
        """Which of an adjuster's `rows` tune and which judge, as positions among them."""
        rows = self.rows(name, seed)
        split = None if self.split is None else self.split[rows]
        return make_protocol(judge, self.labels[rows], split, folds, seed)

    def lines(
        self,
        names: tuple[AdjusterName, ...],
        metric: MetricName = "balanced_accuracy",
        bounds: Bounds = USUAL_BOUNDS,
        *,
        judge: Judge = "folds",
        folds: int = 5,
        seed: int = 0,
        samples: int = 200,
    ) -> Iterator[Line]:
        """Tune and judge adjusters one after another, raw first.

        Parameters
        ----------
        names : tuple of str
            Adjusters; "raw" is always judged, because the others are compared with it.
        metric : str
            What is maximised, and tested against raw.
        bounds : (low, high)
            Parameters searched.
        judge, folds, seed
            See `make_protocol`; the seed also draws the bootstrap.
        samples : int
            Bootstrap replicates.

        Yields
        ------
        Line
        """
        how: dict[str, Any] = {"judge": judge, "folds": folds, "seed": seed, "samples": samples}
        raw = self.line("raw", metric, bounds, **how)
        yield raw
        for name in names:
            if name != "raw":
                yield self.line(name, metric, bounds, **how, raw=raw)

    def line(
        self,
        name: AdjusterName,
        metric: MetricName = "balanced_accuracy",
        bounds: Bounds = USUAL_BOUNDS,
        *,
        judge: Judge = "folds",
        folds: int = 5,
        seed: int = 0,
        samples: int = 200,
        raw: Line | None = None,
    ) -> Line:
        """Tune and judge one adjuster, as in `lines`; without ``raw`` nothing is tested."""
        rows = self.rows(name, seed)
        labels = self.labels[rows]
        protocol = self.protocol(name, judge, folds, seed)
        if name not in ("raw", "temperature"):
            self._check_defined(metric, [labels[tune] for tune, _ in protocol.pairs])
        tuner = self.tuner(name, seed, bounds)
        rounds = [
            (tuner.tune(tune, metric, bounds).parameters, judged) for tune, judged in protocol.pairs
        ]
        final = tuner.tune(protocol.final, metric, bounds)
        bootstrap = None
        if isinstance(tuner, PathTuner):
            bootstrap = tuner.bootstrap(protocol.final, metric, bounds, samples, seed)
        order = protocol.judged
        outcome = self._judged(name, rounds, rows, order)
        found = replace(
            self._line(name, final.parameters, rows[order], outcome),
            optimum=final.optimum,
            bootstrap=bootstrap,
            fold_parameters=[parameters for parameters, _ in rounds],
            note="" if rows.size == self.labels.size else _sampled(rows.size, self.labels.size),
        )
        return found if raw is None else replace(found, p_value=self._test(metric, found, raw))

    def line_at(self, name: AdjusterName, parameters: Parameters, rows: IntArray) -> Line:
        """Judge an adjuster with given parameters on some rows; nothing is tuned or tested."""
        scores = score_function(name, self.setup, parameters)
        probabilistic = ADJUSTERS[name].probabilistic
        outcome = judge_rows(self.logits, self.labels, rows, scores, probabilistic)
        return self._line(name, parameters, rows, outcome)

    def _line(
        self, name: AdjusterName, parameters: Parameters, rows: IntArray, outcome: Judged
    ) -> Line:
        """What an outcome on rows says, without how the parameters came about."""
        labels = self.labels[rows]
        correct = outcome.predictions == labels
        recalls = class_recalls(labels, correct, len(self.setup.groups))
        calibrated = ADJUSTERS[name].probabilistic
        return Line(
            name=name,
            parameters=parameters,
            optimum=None,
            bootstrap=None,
            fold_parameters=[],
            rows=rows,
            predictions=outcome.predictions,
            recalls=recalls,
            scores={m: float(self._metric(m, labels).value(recalls)) for m in METRICS},
            nll=-float(outcome.log_likelihoods.mean()),
            ece=expected_calibration_error(outcome.confidences, correct)
            if calibrated
            else math.nan,
            p_value=math.nan,
        )

    def _metric(self, name: MetricName, labels: IntArray) -> Metric:
        """The metric of that name for some labels."""
        sizes = np.bincount(labels, minlength=len(self.setup.groups))
        return Metric.of(name, sizes, self.setup.groups)

    def _test(self, metric: MetricName, line: Line, raw: Line) -> float:
        """P of a line's difference to raw on the rows that both judged."""
        labels = self.labels[line.rows]
        before = _raw_correct(raw, line.rows, self.labels)
        return paired_test(self._metric(metric, labels), labels, line.predictions == labels, before)

    def _check_defined(self, metric: MetricName, parts: list[IntArray]) -> None:
        """Raise `UserError` unless each part's labels have a class that counts for the metric."""
        for labels in parts:
            if not self._metric(metric, labels).defined:
                where = "the tuning data" if len(parts) == 1 else "every fold's tuning data"
                raise UserError(
                    f"{metric} is not defined on {where}, for lack of samples of such classes: "
                    "choose another metric or way of judging."
                )

    def _judged(
        self,
        name: AdjusterName,
        rounds: list[tuple[Parameters, IntArray]],
        rows: IntArray,
        order: IntArray,
    ) -> Judged:
        """Outcome on all judged rows, in order, each with its round's parameters."""
        position = np.empty(rows.size, dtype=np.int64)
        position[order] = np.arange(order.size)
        whole = Judged(
            np.empty(order.size, dtype=np.int64), np.empty(order.size), np.empty(order.size)
        )
        for parameters, judged in rounds:
            scores = score_function(name, self.setup, parameters)
            part = judge_rows(
                self.logits, self.labels, rows[judged], scores, ADJUSTERS[name].probabilistic
            )
            for target, values in zip(whole, part, strict=True):
                target[position[judged]] = values
        return whole


def _raw_correct(raw: Line, rows: IntArray, labels: IntArray) -> NDArray[np.bool_]:
    """Whether raw was right on some of the rows it judged."""
    position = np.searchsorted(raw.rows, rows)
    return np.asarray(raw.predictions[position] == labels[rows])


def _sampled(part: int, whole: int) -> str:
    return f"on {part:,} of {whole:,} samples drawn at random: duels of all would take too long"
