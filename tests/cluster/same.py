"""Equality to the last bit."""

import numpy as np


def assert_same(found, expected):
    """Snapshots are equal one by one; return how many there are."""
    found, expected = list(found), list(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.step == theirs.step
        assert ours.arrays.keys() == theirs.arrays.keys()
        for name, array in theirs.arrays.items():
            assert ours.arrays[name].dtype == array.dtype
            np.testing.assert_array_equal(ours.arrays[name], array, err_msg=name)
        np.testing.assert_array_equal(list(ours.metrics.values()), list(theirs.metrics.values()))
        assert list(ours.metrics) == list(theirs.metrics)
    return len(found)
