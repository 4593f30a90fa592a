"""Data and settings that cannot be compared, each refused in a sentence."""

import dataclasses

import numpy as np
import pytest

from app.data.features import Rows
from app.errors import UserError
from app.probe import METHODS, run
from tests.probe.sets import clouds
from tests.probe.small_runs import DATA, SPEC, changed


def spoiled(part, **values):
    rows = getattr(DATA, part)._replace(**values)
    return dataclasses.replace(DATA, **{part: rows})


BAD = DATA.train.features.copy()
BAD[3, 2] = np.nan


@pytest.mark.parametrize(
    ("spec", "data", "message"),
    [
        (
            SPEC,
            spoiled("train", features=BAD),
            r"training features must be finite, got nan in row 3",
        ),
        (SPEC, spoiled("test", features=DATA.test.features[:, :3]), r"test features must be .* 8"),
        (
            SPEC,
            spoiled("val", labels=DATA.val.labels + 1),
            r"labels must lie in 0\.\.3, got 1 to 4",
        ),
        (
            SPEC,
            spoiled("train", labels=np.minimum(DATA.train.labels, 2)),
            r"training labels must hold each of the 4 classes, got no row of class 3",
        ),
        (
            SPEC,
            spoiled("test", labels=np.maximum(DATA.test.labels, 1)),
            r"test labels must hold each of the 4 classes, got no row of class 0 among 80",
        ),
        (SPEC, dataclasses.replace(DATA, class_counts=np.ones(4, int)), r"class_counts must be"),
        (SPEC, dataclasses.replace(DATA, val=None), r"selection must be 'last' or 'best-on-test'"),
        (
            changed(selection="last", learning_rates=(0.1, 1.0)),
            dataclasses.replace(DATA, val=None),
            r"selection must be 'best-on-test' for data without validation rows and several rates",
        ),
        (
            changed(metric="many"),
            DATA,
            r"metric must be one that some class counts for, got 'many'",
        ),
        (
            changed(data="others"),
            DATA,
            r"data must be the set that is given, 'clouds', got 'others'",
        ),
        (changed(data="no such set"), None, r"must be one of: .*; got 'no such set'"),
        (changed(ratio=100.0), DATA, r"ratio must be from 1 to 60"),
        (changed(device="cuda"), DATA, r"device must be 'auto' or 'cpu'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(spec, data, message, monkeypatch):
    monkeypatch.setattr("app.device.cuda_count", lambda: 0)
    with pytest.raises(UserError, match=message):
        next(iter(run(spec, data)))


def test_too_much_is_refused_before_it_is_touched():
    huge = np.broadcast_to(np.float32(1), (10**6, 2048))
    data = dataclasses.replace(DATA, train=Rows(huge, np.zeros(10**6, int)))
    with pytest.raises(UserError, match=r"at most 50,000,000 numbers .*PCA"):
        run(SPEC, data)
    many = clouds([1] * 1001, dim=1, test=1)
    with pytest.raises(UserError, match=r"classes must be 2 to 1,000, got 1,001"):
        run(SPEC, many)
    several = changed(methods=tuple(METHODS), learning_rates=(0.1, 0.2, 0.3), seeds=10)
    with pytest.raises(UserError, match=r"methods must be fewer for 400 classes"):
        run(several, clouds([1] * 400, dim=1, test=1))
    votes = changed(methods=("1vs1",))
    with pytest.raises(
        UserError, match=r"methods must leave out '1vs1' for 400 rows of 400 classes"
    ):
        run(votes, clouds([1] * 400, dim=1, test=1))
