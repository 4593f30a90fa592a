"""Other imbalances from the rows that are there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.build.split import truncated_tail
from app.data.features import FeatureSet, Rows
from app.data.recut import recut, recut_counts
from app.errors import UserError
from app.longtail import class_counts

TAILS = (truncated_tail(100, 500, 100), class_counts(10, 5000, 100), class_counts(10, 100, 100))


def made(counts):
    """Features that name their row."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    features = np.arange(len(labels), dtype=np.float32)[:, None]
    test = Rows(np.zeros((len(counts), 1), np.float32), np.arange(len(counts)))
    return FeatureSet(
        "made",
        train=Rows(features, labels),
        test=test,
        class_counts=np.asarray(counts),
        weights=np.ones((len(counts), 1), np.float32),
        bias=np.zeros(len(counts), np.float32),
        metadata={"title": "t", "accuracy": "{}"},
    )


@pytest.mark.parametrize("counts", TAILS)
def test_its_own_ratio_returns_the_set_itself(counts):
    found = made(counts)
    assert recut(found, 100) is found


@pytest.mark.parametrize("counts", TAILS[:2])
@pytest.mark.parametrize("ratio", [1, 2, 10, 30, 100])
def test_ratio_is_met(counts, ratio):
    found = recut_counts(counts, ratio)
    assert found.max() / found.min() == ratio
    # Nothing is thrown away without need: one tail row more would not be there.
    assert found.min() == counts.min()


def test_by_hand():
    fashion = class_counts(10, 5000, 100)
    np.testing.assert_array_equal(
        recut_counts(fashion, 10), [500, 387, 300, 232, 180, 139, 108, 83, 65, 50]
    )
    np.testing.assert_array_equal(recut_counts(fashion, 10, "step"), [500] * 5 + [50] * 5)
    np.testing.assert_array_equal(recut_counts(fashion, 100, "step"), [600] * 5 + [6] * 5)
    np.testing.assert_array_equal(recut_counts(np.array([3, 9]), 9), [1, 9])
    np.testing.assert_array_equal(recut_counts(np.array([4, 4, 4]), 1), [4, 4, 4])
    np.testing.assert_array_equal(recut_counts(np.array([1, 1]), 1), [1, 1])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(1, 400), min_size=2, max_size=12),
    st.floats(1, 400),
    st.sampled_from(["exponential", "step"]),
)
def test_any_tail_fits_what_is_there(available, ratio, profile):
    available = np.array(available)
    ratio = min(ratio, float(available.max()))
    found = recut_counts(available, ratio, profile)
    assert (found >= 1).all()
    assert (found <= available).all()
    # The classes keep their order.
    order = np.argsort(-available, kind="stable")
    assert (np.diff(found[order]) <= 0).all()
    head, tail = found.max(), found.min()
    # At most the asked ratio, but for the rounding of the tail.
    assert head / (tail + 0.5) <= ratio or head <= ratio * tail


def test_a_smaller_cut_is_part_of_a_larger_one_and_other_seeds_differ():
    found = made(class_counts(10, 300, 50))
    large, small, other = recut(found, 20), recut(found, 40), recut(found, 20, seed=1)
    for k in range(10):
        a, b = (set(s.train.features[s.train.labels == k, 0]) for s in (large, small))
        assert a <= b or b <= a
    np.testing.assert_array_equal(large.class_counts, other.class_counts)
    assert not np.array_equal(large.train.features, other.train.features)


def test_rows_keep_their_labels_and_their_order():
    found = made(class_counts(10, 300, 50))
    cut = recut(found, 10, "step", seed=3)
    rows = cut.train.features[:, 0].astype(int)
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(cut.train.labels, found.train.labels[rows])
    np.testing.assert_array_equal(np.bincount(cut.train.labels), cut.class_counts)


def test_what_belongs_to_the_old_counts_is_dropped():
    cut = recut(made(class_counts(10, 300, 50)), 10)
    assert cut.weights is None
    assert cut.bias is None
    assert cut.metadata == {"title": "t", "recut": "ratio 10, exponential, seed 0"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ratio": 0.5}, "ratio must be from 1 to 300, the largest class, got 0.5"),
        ({"ratio": 301}, "ratio must be from 1 to 300, the largest class, got 301"),
        ({"ratio": float("nan")}, "ratio must be from 1 to 300"),
        ({"ratio": 10, "profile": "pareto"}, "profile must be one of exponential, step"),
        ({"ratio": 10, "seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(UserError, match=message):
        recut(made(class_counts(10, 300, 50)), **arguments)
