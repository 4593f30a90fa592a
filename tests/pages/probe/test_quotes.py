"""Published tables that the page quotes."""

import pytest

from app.ui.probe.quotes import TABLE_1, TABLE_2


def test_quotes_fit_together():
    """The test set of CIFAR100 is balanced: All is the mean of 35, 35 and 30 classes."""
    for name, *cells in TABLE_1:
        whole, many, medium, few = map(float, cells)
        assert 0.35 * many + 0.35 * medium + 0.3 * few == pytest.approx(whole, abs=0.011), name
    complete = 0
    for name, *cells in TABLE_2:
        assert len(cells) == 11, name
        # ImageNet-LT has 385 many, 479 medium and 136 few classes.
        if all(cells[3:7]):
            many, medium, few, whole = map(float, cells[3:7])
            assert 0.385 * many + 0.479 * medium + 0.136 * few == pytest.approx(whole, abs=0.2)
            complete += 1
    assert complete == 16
