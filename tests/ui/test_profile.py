"""Class counts as settings of a page."""

import pytest

from app.longtail import class_counts
from app.ui.profile import profile_of


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((7, 7, 7), {"profile": "balanced"}),
        ((50, 50, 50, 5), {"profile": "step", "minority_fraction": 0.25}),
        (tuple(class_counts(6, 500, 100)), {"profile": "exponential"}),
        (tuple(class_counts(6, 500, 100, "pareto")), {"profile": "pareto"}),
        ((5, 9), {"profile": "own", "own": (5, 9)}),
        ((9, 1, 5), {"profile": "own", "own": (9, 1, 5)}),
    ],
)
def test_counts_are_told_by_their_profile(counts, expected):
    found = profile_of(tuple(int(n) for n in counts))
    assert {name: found[name] for name in expected} == expected
