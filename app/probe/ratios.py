"""The gamma that the spread of features predicts and the one that is tuned, over imbalances."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.adjust.metrics import MetricName
from app.data.features import FeatureSet
from app.probe.spec import ProbeSpec
from app.theory.spread import SpreadFit, feature_spread, fit_spread

RATIOS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
METRIC: MetricName = "balanced_accuracy"


class Gammas(NamedTuple):
    """What was found at one ratio.

    Attributes
    ----------
    ratio : float
    tuned : float
        Gamma; NaN where all classes are as large, since every gamma is as good there.
    train, test : SpreadFit or None
        Of training and test rows; None where nothing can be fitted.
    before, after : float
        Scores of stage 1 and of the adjusted logits on test rows.
    """

    ratio: float
    tuned: float
    train: SpreadFit | None
    test: SpreadFit | None
    before: float
    after: float


def ratio_specs(
    spec: ProbeSpec, data: FeatureSet, ratios: tuple[float, ...] = RATIOS
) -> list[ProbeSpec]:
    """Return what to run at each ratio that the largest class allows: MLA tuned on stage 1."""
    return [
        ProbeSpec(
            data=spec.data,
            ratio=ratio,
            profile=spec.profile,
            methods=("stage1", "posthoc-mla"),
            seed=spec.seed,
            stage1_decay=spec.stage1_decay,
            metric=METRIC,
        )
        for ratio in ratios
        if ratio <= data.class_counts.max()
    ]


def gammas_at(
    data: FeatureSet, arrays: Mapping[str, NDArray[Any]], metrics: Mapping[str, float]
) -> Gammas:
    """Return tuned and predicted gammas at one ratio.

    Parameters
    ----------
    data : FeatureSet
        Cut to the ratio, as by `app.data.recut.recut`.
    arrays, metrics : mappings
        Of a run of one of `ratio_specs`.
    """
    counts, K = data.class_counts, data.num_classes
    equal = bool((counts == counts[0]).all())
    return Gammas(
        ratio=float(counts.max() / counts.min()),
        tuned=math.nan if equal else float(np.asarray(arrays["parameter"])[1, 0]),
        train=fit_spread(counts, feature_spread(data.train.features, data.train.labels, K)),
        test=fit_spread(counts, feature_spread(data.test.features, data.test.labels, K)),
        before=metrics[f"stage1/{METRIC}"],
        after=metrics[f"posthoc-mla/{METRIC}"],
    )
