"""A model has the same optimum whichever others it is solved with, to the last bit."""

import numpy as np
import pytest

from app.ufm.solve import solve
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_measure import measure


def cells(spec, places):
    return [spec.cell(row, column) for row, column in places]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"relu": True, "dim": 6},
        {"relu": True, "bias": True},
        {"dim": 4, "bias": True, "loss": "vs"},  # Saddles, random starts and Newton's method.
        {"classes": 16, "loss": "ldam", "bias": True},
    ],
)
@pytest.mark.parametrize("size", [1, 17])
def test_a_cell_does_not_depend_on_those_beside_it(fields, size):
    spec = SweepSpec(size=9, **fields)
    places = np.argwhere(np.ones((9, spec.ratios.size), dtype=bool))
    whole = measure(cells(spec, places), spec.num_minority)
    mixed = np.random.default_rng(0).permutation(len(places))[:51]
    for start in range(0, mixed.size, size):
        part = mixed[start : start + size]
        found = measure(cells(spec, places[part]), spec.num_minority)
        for name, values in found.items():
            np.testing.assert_array_equal(values, whole[name][part], err_msg=name)


def test_a_cell_is_what_opening_it_computes():
    spec = SweepSpec(size=5, dim=4)
    places = np.argwhere(np.ones((5, 5), dtype=bool))
    found = measure(cells(spec, places), spec.num_minority)["objective"]
    alone = [solve(model).metrics["objective"] for model in cells(spec, places)]
    np.testing.assert_array_equal(found, alone)
