"""Data that are small or odd."""

import dataclasses

import numpy as np
import pytest

from app.data.features import Rows
from app.probe import METHODS
from tests.probe.sets import clouds
from tests.probe.small_runs import DATA, changed, last


def test_groups_without_classes_are_not_available():
    final = last(changed(methods=("stage1", "ce")))
    assert np.isnan(final.metrics["ce/many"])
    assert 0 < final.metrics["ce/few"] < 1


@pytest.mark.parametrize(
    "data",
    [
        clouds([9, 4], dim=3),
        clouds([1] * 5, dim=3),
        clouds([4, 1, 1, 1], dim=1),
        clouds([3, 2], dim=40),
        clouds([20, 6, 2], dim=3, test=1),
    ],
    ids=["two classes", "one sample a class", "one feature", "more features", "one test row"],
)
def test_small_data_are_compared_by_every_method(data):
    spec = changed(methods=tuple(METHODS), epochs=2, seeds=2)
    final = last(spec, data)
    for name in METHODS:
        assert 0 <= final.metrics[f"{name}/balanced_accuracy"] <= 1


def test_constant_columns_are_no_obstacle():
    features = [np.c_[rows.features, np.ones(len(rows.labels))] for rows in (DATA.train, DATA.test)]
    train, test = (
        Rows(x.astype(np.float32), rows.labels)
        for x, rows in zip(features, (DATA.train, DATA.test), strict=True)
    )
    data = dataclasses.replace(DATA, train=train, test=test, val=None)
    final = last(changed(methods=tuple(METHODS), selection="last", epochs=2), data)
    assert all(np.isfinite(final.metrics[f"{name}/balanced_accuracy"]) for name in METHODS)
