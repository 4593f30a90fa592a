"""What is computed without compiled code is the same."""

import numpy as np
import pytest

from app.adjust._kernels import affine_intervals
from app.adjust.compiled import compiled
from app.adjust.exact import exact_path
from tests.adjust.paths import COUNTS, LABELS, LOGITS, PATHS, RULES
from tests.adjust.references import without_kernels


@pytest.mark.parametrize("name", ["worst_group", "worst_class"])
def test_the_running_minimum_needs_no_compiled_code(name):
    path = PATHS["mla"]
    fast, plain = path.curve(name), without_kernels(lambda: path.curve(name))
    np.testing.assert_array_equal(fast.breakpoints, plain.breakpoints)
    np.testing.assert_array_equal(fast.values, plain.values)


@pytest.mark.parametrize("rule", RULES)
def test_paths_need_no_compiled_code(rule):
    plain = without_kernels(lambda: exact_path(LOGITS, LABELS, COUNTS, rule))
    for t in np.linspace(0, 3, 200):
        np.testing.assert_array_equal(plain.correct(t), PATHS[rule].correct(t))


def test_without_numba_there_are_no_kernels():
    assert without_kernels(lambda: compiled("affine_intervals")) is None
    assert compiled("affine_intervals") is affine_intervals
