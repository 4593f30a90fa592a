"""The gamma that the spread of an upload's features predicts, and how good it is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.curve import Curve, Optimum
from app.adjust.tuners import PathTuner
from app.data import Upload
from app.errors import UserError
from app.theory.spread import SpreadFit, feature_spread, fit_spread
from app.tune.session import comparison
from app.tune.spec import TuneSpec

__all__ = [
    "SpreadCheck",
    "SpreadFit",
    "feature_spread",
    "fit_spread",
    "spread_check",
    "upload_spread",
]

IntArray = NDArray[np.int64]

THEORY = 0.5
"""Gamma of MLA for features that have collapsed (Hasegawa and Sato, ICLR 2025)."""


def upload_spread(upload: Upload, rows: IntArray) -> SpreadFit | None:
    """Fit the spread of training features if the file has it, else that of some of its rows.

    Parameters
    ----------
    upload : Upload
        With labels and class counts.
    rows : (M,) int64 array
        Those that tune.
    """
    assert upload.labels is not None
    assert upload.class_counts is not None
    counts = upload.class_counts
    if upload.class_spread is not None:
        return fit_spread(counts, upload.class_spread)
    if upload.features is None:
        return None
    spread = feature_spread(upload.features[rows], upload.labels[rows], counts.size)
    return fit_spread(counts, spread)


class SpreadCheck(NamedTuple):
    """The gamma of MLA as predicted and as tuned, and the score on judged rows at each.

    Attributes
    ----------
    fit : SpreadFit
        Its exponent is the predicted gamma.
    optimum : Optimum
        On the rows that tune.
    interval : (low, high)
        Where the optimum falls on resampled data, 95 %.
    raw, predicted, tuned, theory : float
        Scores without adjustment, at both gammas and at `THEORY`.
    curve : Curve
        Of the score on the judged rows, over the bounds of the settings.
    tuning, judged : int
        Rows of each kind.
    """

    fit: SpreadFit
    optimum: Optimum
    interval: tuple[float, float]
    raw: float
    predicted: float
    tuned: float
    theory: float
    curve: Curve
    tuning: int
    judged: int

    @property
    def agrees(self) -> bool:
        """Whether the intervals of both gammas meet."""
        low, high = self.fit.interval()
        return low <= self.interval[1] and self.interval[0] <= high


def spread_check(upload: Upload, spec: TuneSpec) -> SpreadCheck:
    """Tune MLA on some rows, and judge it and the prediction of the spread on others.

    Parameters
    ----------
    upload : Upload
        With labels, class counts and features, or the spread of training features.
    spec : TuneSpec
        Metric, bounds, way of judging, seed and bootstrap replicates.

    Raises
    ------
    UserError
        If the file lacks something, or its spread cannot be fitted.
    """
    work = comparison(upload, spec)
    protocol = work.protocol("mla", spec.judge, spec.folds, spec.seed)
    fit = upload_spread(upload, protocol.final)
    if fit is None:
        raise UserError(f"{upload.name} must hold features of at least three unequal classes.")
    tuner = work.tuner("mla", spec.seed, (spec.low, spec.high))
    assert isinstance(tuner, PathTuner)
    bounds, rows = (spec.low, spec.high), protocol.judged
    found = tuner.tune(protocol.final, spec.metric, bounds)
    assert found.optimum is not None

    def score(gamma: float) -> float:
        return work.line_at("mla", {"gamma": gamma}, rows).scores[spec.metric]

    return SpreadCheck(
        fit,
        found.optimum,
        tuner.bootstrap(protocol.final, spec.metric, bounds, spec.samples, spec.seed).interval(),
        work.line_at("raw", {}, rows).scores[spec.metric],
        score(fit.exponent),
        score(found.optimum.value),
        score(THEORY),
        tuner.path.subset(rows).curve(spec.metric, bounds),
        protocol.final.size,
        rows.size,
    )
