import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UserError
from app.longtail import GROUPS, class_counts, frequency_groups


def test_cifar_lt_counts():
    """The training split of CIFAR10-LT and CIFAR100-LT with 20 samples a class held out."""
    ten = class_counts(10, 4980, 100)
    assert (ten[0], ten[-1], ten.sum()) == (4980, 50, 12360)
    hundred = class_counts(100, 480, 100)
    assert (hundred[0], hundred[-1], hundred.sum()) == (480, 5, 10457)


def test_groups_of_cifar100_lt():
    groups = frequency_groups(class_counts(100, 480, 100))
    assert [int((groups == g).sum()) for g in GROUPS] == [34, 35, 31]


def test_step_profile_has_two_levels():
    assert class_counts(4, 100, 10, "step").tolist() == [100, 100, 10, 10]
    assert class_counts(4, 100, 10, "step", minority_fraction=0.25).tolist() == [100, 100, 100, 10]


def test_pareto_is_a_power_law_of_the_rank():
    counts = class_counts(10, 1_000_000, 100, "pareto")
    slope = np.diff(np.log(counts)) / np.diff(np.log(np.arange(1, 11)))
    np.testing.assert_allclose(slope, -2.0, atol=1e-3)


@given(
    num_classes=st.integers(1, 300),
    head=st.integers(1, 10**6),
    ratio=st.floats(1, 1e4),
    profile=st.sampled_from(["exponential", "step", "pareto", "balanced"]),
)
def test_head_first_and_never_empty(num_classes, head, ratio, profile):
    counts = class_counts(num_classes, head, ratio, profile)
    assert counts.shape == (num_classes,)
    assert counts[0] == head
    assert counts.min() >= 1
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((0, 10, 2), "num_classes"),
        ((3, 0, 2), "head_count"),
        ((3, 10, 0.5), "imbalance_ratio"),
        ((3, 10, float("nan")), "imbalance_ratio"),
        ((3, 10, 2, "zipf"), "profile"),
        ((3, 10, 2, "step", 1.5), "minority_fraction"),
    ],
)
def test_bad_arguments_are_named(arguments, name):
    with pytest.raises(UserError, match=name):
        class_counts(*arguments)


def test_group_thresholds_may_not_overlap():
    with pytest.raises(UserError, match="few"):
        frequency_groups([1, 2, 3], many=10, few=12)
