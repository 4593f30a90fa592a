import time

import numpy as np
import pytest

from app.errors import UserError
from app.theory import (
    approximation_error,
    approximation_table,
    best_gamma,
    boundary_angle,
    matched_gamma,
)

DEGREE = np.pi / 180
MANY = 10**9  # classes, for psi = 90 degrees


def brute_error(gamma_mla, gamma_1vs1, num_classes, max_ratio):
    """Both sides of ratio 1, on a grid a hundred times as fine."""
    ratio = np.geomspace(1 / max_ratio, max_ratio, 40001)
    mla = boundary_angle("mla", 1, ratio, num_classes, gamma_mla)
    return np.abs(mla - boundary_angle("1vs1", 1, ratio, num_classes, gamma_1vs1)).max()


@pytest.mark.parametrize(
    ("num_classes", "same", "best", "gamma"),
    [(MANY, 4.07, 0.452, 0.4093), (100, 3.69, 0.564, 0.4198), (10, 3.23, 2.052, 0.5520)],
)
def test_known_values_for_ratios_up_to_a_hundred(num_classes, same, best, gamma):
    found, error = best_gamma(0.5, num_classes, 100)
    assert approximation_error(0.5, 0.5, num_classes, 100) / DEGREE == pytest.approx(same, abs=0.01)
    assert error / DEGREE == pytest.approx(best, abs=1e-3)
    assert found == pytest.approx(gamma, abs=1e-4)


@pytest.mark.parametrize(
    ("num_classes", "gamma", "error"), [(MANY, 0.410, 0.477), (100, 0.419, 0.594)]
)
def test_the_third_digit_of_gamma_is_visible(num_classes, gamma, error):
    """Rounded to three digits, the best gamma loses a twentieth of its precision."""
    found = approximation_error(gamma, 0.5, num_classes, 100)
    assert found / DEGREE == pytest.approx(error, abs=1e-3)


def test_no_gamma_works_for_three_classes():
    assert approximation_error(0.5, 0.5, 3, 100) / DEGREE == pytest.approx(23.8, abs=0.05)
    assert best_gamma(0.5, 3, 100)[1] / DEGREE == pytest.approx(19.1, abs=0.05)


@pytest.mark.parametrize("num_classes", [3, 4, 10, 1000])
@pytest.mark.parametrize("max_ratio", [1.5, 30, 1000, 1e6])
@pytest.mark.parametrize("gammas", [(0.5, 0.5), (0.1, 1.0), (3.0, 0.7), (20.0, 0.5), (-0.5, 0.5)])
def test_error_is_that_of_a_fine_grid(num_classes, max_ratio, gammas):
    error = approximation_error(*gammas, num_classes, max_ratio)
    assert error == pytest.approx(brute_error(*gammas, num_classes, max_ratio), abs=5e-3 * DEGREE)


@pytest.mark.parametrize("num_classes", [3, 5, 10, 100])
@pytest.mark.parametrize("max_ratio", [2, 100, 1000])
@pytest.mark.parametrize("gamma_1vs1", [0.2, 0.5, 1.0])
def test_no_other_gamma_is_better(num_classes, max_ratio, gamma_1vs1):
    found, error = best_gamma(gamma_1vs1, num_classes, max_ratio)
    others = np.concatenate([np.geomspace(found / 30, 30 * found, 400), found * (1 + 1e-4 * R11)])
    errors = approximation_error(others, gamma_1vs1, num_classes, max_ratio)
    assert errors.min() >= error - 1e-6 * DEGREE
    assert error == pytest.approx(brute_error(found, gamma_1vs1, num_classes, max_ratio), abs=1e-4)


R11 = np.linspace(-10, 10, 11)


def test_matched_gamma_is_the_best_for_small_imbalance():
    for num_classes in (3, 10, 100):
        found, error = best_gamma(0.5, num_classes, 1.01)
        assert found == pytest.approx(matched_gamma(0.5, num_classes), rel=1e-4)
        assert error < 1e-8


def test_table_holds_the_single_values():
    table = approximation_table(0.7, [3, 20], [1, 50, 400])
    for row, size in enumerate([3, 20]):
        for column, ratio in enumerate([1, 50, 400]):
            where = row, column
            gamma, error = best_gamma(0.7, size, ratio)
            assert table.best_gamma[where] == pytest.approx(gamma)
            assert table.best[where] == pytest.approx(error)
            assert table.same[where] == pytest.approx(approximation_error(0.7, 0.7, size, ratio))
            matched = approximation_error(matched_gamma(0.7, size), 0.7, size, ratio)
            assert table.matched[where] == pytest.approx(matched)


def test_whole_table_is_ordered_and_quick():
    start = time.perf_counter()
    table = approximation_table(0.5)
    assert time.perf_counter() - start < 2.0  # 0.2 s alone; the machine may be busy
    assert table.num_classes[[0, -1]].tolist() == [2, 1000]
    for errors in (table.same, table.matched):
        assert (table.best <= errors + 1e-9).all()
    for errors in (table.same, table.matched, table.best):
        assert (errors[0] == 0).all()
        assert (np.diff(errors, axis=1) >= -1e-6).all()  # a wider range of ratios only adds


def test_two_classes_are_moved_by_neither_rule():
    assert approximation_error([0.5, 9], 0.5, 2, 100).tolist() == [0, 0]
    assert best_gamma(0.5, 2, 100) == (0.5, 0)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"gamma_1vs1": -0.1}, "gamma_1vs1"),
        ({"gamma_1vs1": np.nan}, "gamma_1vs1"),
        ({"num_classes": 1}, "num_classes"),
        ({"max_ratio": 0.5}, "max_ratio"),
        ({"max_ratio": 1e13}, "max_ratio"),
    ],
)
def test_bad_arguments_are_named(change, name):
    good = {"gamma_1vs1": 0.5, "num_classes": 10, "max_ratio": 100}
    with pytest.raises(UserError, match=name):
        best_gamma(**{**good, **change})
