import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adjust.flips import find_flips, flip_counts, rank_bins


@st.composite
def predictions(draw):
    """Labels, raw and adjusted predictions of some rows over K classes."""
    num_classes, rows = draw(st.integers(1, 6)), draw(st.integers(0, 30))
    column = st.lists(st.integers(0, num_classes - 1), min_size=rows, max_size=rows)
    return num_classes, *(np.array(draw(column), dtype=np.int64) for _ in range(3))


@given(predictions())
def test_every_moved_row_is_of_one_kind(data):
    _, labels, raw, adjusted = data
    fixed, broken, moved = [], [], []
    for i, (y, a, b) in enumerate(zip(labels, raw, adjusted, strict=True)):
        if a != b:
            (fixed if b == y else broken if a == y else moved).append(i)
    found = find_flips(labels, raw, adjusted)
    assert [kind.tolist() for kind in found] == [fixed, broken, moved]


@given(predictions())
def test_flips_explain_the_change_of_accuracy(data):
    _, labels, raw, adjusted = data
    flips = find_flips(labels, raw, adjusted)
    gained = int((adjusted == labels).sum()) - int((raw == labels).sum())
    assert flips.fixed.size - flips.broken.size == gained


@given(predictions(), st.integers(1, 8), st.data())
def test_counts_of_flips_match_brute_force(data, most, draw):
    num_classes, _, raw, adjusted = data
    counts = draw.draw(
        st.lists(st.integers(1, 5), min_size=num_classes, max_size=num_classes), label="counts"
    )
    bin_of, ranks = rank_bins(counts, most)
    expected = np.zeros((len(ranks), len(ranks)), dtype=np.int64)
    for a, b in zip(raw, adjusted, strict=True):
        if a != b:
            expected[bin_of[a], bin_of[b]] += 1
    np.testing.assert_array_equal(flip_counts(raw, adjusted, bin_of), expected)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(1, 12))
def test_bins_hold_neighbouring_ranks_head_to_tail(counts, most):
    bin_of, ranks = rank_bins(counts, most)
    order = sorted(range(len(counts)), key=lambda k: (-counts[k], k))
    assert len(ranks) == min(most, len(counts))
    assert [k for r in ranks for k in order[r]] == order
    for b, r in enumerate(ranks):
        assert all(bin_of[k] == b for k in order[r])
    widths = [r.stop - r.start for r in ranks]
    assert min(widths) >= 1
    assert max(widths) - min(widths) <= 1


def test_bins_of_equal_counts_keep_the_order_of_the_classes():
    bin_of, ranks = rank_bins([5, 5, 5], 30)
    assert bin_of.tolist() == [0, 1, 2]
    assert ranks == [slice(0, 1), slice(1, 2), slice(2, 3)]


@pytest.mark.parametrize("num_classes", [1, 31, 3000])
def test_no_flips_count_zero(num_classes):
    bin_of, ranks = rank_bins(np.arange(num_classes, 0, -1), 30)
    same = np.arange(num_classes)
    assert flip_counts(same, same, bin_of).shape == (len(ranks), len(ranks))
    assert not flip_counts(same, same, bin_of).any()
    assert not any(kind.size for kind in find_flips(same, same, same))
