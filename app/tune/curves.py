"""The exact curves behind tuned parameters, on the data that tuned them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adjust.adjusters import AdjusterName
from app.adjust.compare import Comparison, Line
from app.adjust.curve import Bootstrap, Curve, Optimum
from app.adjust.tuners import FixedTuner, PathTuner
from app.longtail import GROUPS, Group
from app.tune.spec import TuneSpec


@dataclass(frozen=True, eq=False)
class TunedCurve:
    """One adjuster's curve on the tuning data, its optimum and the optimum's spread.

    Attributes
    ----------
    name : str
    curve : Curve
    optimum : Optimum
    bootstrap : Bootstrap
    groups : dict of group to Curve
        Mean recalls of the frequency groups, for the adjuster in focus if asked for.
    """

    name: AdjusterName
    curve: Curve
    optimum: Optimum
    bootstrap: Bootstrap
    groups: dict[Group, Curve] = field(default_factory=dict)


def tuned_curves(work: Comparison, spec: TuneSpec, lines: list[Line]) -> list[TunedCurve]:
    """Return the curves of all one-parameter adjusters among the lines."""
    curves = []
    for line in lines:
        tuner = work.tuner(line.name, spec.seed, (spec.low, spec.high))
        if not isinstance(tuner, PathTuner) or line.optimum is None or line.bootstrap is None:
            continue
        protocol = work.protocol(line.name, spec.judge, spec.folds, spec.seed)
        path, bounds = tuner.path.subset(protocol.final), (spec.low, spec.high)
        shown = GROUPS if spec.groups and line.name == spec.focus else ()
        groups = {g: path.curve(g, bounds) for g in shown if path.metric(g).defined}
        curve = path.curve(spec.metric, bounds)
        curves.append(TunedCurve(line.name, curve, line.optimum, line.bootstrap, groups))
    return curves


def raw_value(work: Comparison, spec: TuneSpec) -> float:
    """Value of the raw logits on the tuning data; NaN where the metric is not defined."""
    tuner = work.tuner("raw", spec.seed, (spec.low, spec.high))
    assert isinstance(tuner, FixedTuner)
    path = tuner.path.subset(work.protocol("raw", spec.judge, spec.folds, spec.seed).final)
    return float(path.metric(spec.metric).value(path.at(spec.low)))


def curve_columns(curves: list[TunedCurve], metric: str) -> dict[str, NDArray[Any]]:
    """Return every step of the curves as columns: adjuster, metric, parameter and value.

    A value holds from its parameter on, up to the next one.
    """
    steps = [
        (tuned.name, title, curve)
        for tuned in curves
        for title, curve in ((metric, tuned.curve), *tuned.groups.items())
    ]
    sizes = [curve.values.size for _, _, curve in steps]
    return {
        "adjuster": np.repeat([name for name, _, _ in steps], sizes),
        "metric": np.repeat([title for _, title, _ in steps], sizes),
        "parameter": np.concatenate([curve.breakpoints for _, _, curve in steps]),
        "value": np.concatenate([curve.values for _, _, curve in steps]),
    }
