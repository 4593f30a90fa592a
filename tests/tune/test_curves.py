"""Curves behind tuned parameters, as columns."""

import numpy as np
import pytest

from app.adjust.metrics import class_recalls
from app.tune import TuneSpec, comparison, tuned_lines
from app.tune.curves import curve_columns, tuned_curves
from tests.tune.test_look_up import upload


def test_columns_hold_every_step_of_every_curve():
    data = upload()
    spec = TuneSpec(judge="same", samples=20, groups=True, focus="mla", adjusters=("mla", "ala"))
    work = comparison(data, spec)
    curves = tuned_curves(work, spec, list(tuned_lines(work, spec, spec.adjusters)))
    columns = curve_columns(curves, spec.metric)
    assert {column.shape for column in columns.values()} == {columns["value"].shape}
    kinds = set(zip(columns["adjuster"], columns["metric"], strict=True))
    assert {("mla", "balanced_accuracy"), ("ala", "balanced_accuracy"), ("mla", "many")} <= kinds
    own = (columns["adjuster"] == "mla") & (columns["metric"] == "balanced_accuracy")
    gammas, values = columns["parameter"][own], columns["value"][own]
    # Between two steps nothing happens: there the rule itself is as good as the table says.
    for place in (0, len(gammas) // 2, len(gammas) - 2):
        gamma = (gammas[place] + gammas[place + 1]) / 2
        scores = data.logits * (data.class_counts / data.class_counts.max()) ** -gamma
        right = scores.argmax(axis=1) == data.labels
        assert class_recalls(data.labels, right, 4).mean() == pytest.approx(values[place])
    assert (np.diff(gammas) > 0).all()
