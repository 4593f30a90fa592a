"""How far features spread in classes of many and of few rows."""

from app.probe import spread_fit
from tests.probe.sets import clouds


def test_the_spread_of_a_data_set():
    fit = spread_fit(clouds([3000, 500, 100, 30], dim=40))
    assert fit.classes == 4
    low, high = fit.interval()
    assert low < 0 < high
    assert spread_fit(clouds([1, 1, 1])) is None
