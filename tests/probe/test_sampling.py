import numpy as np
import pytest

from app.probe.sampling import epoch_rows, recorded_steps

LABELS = np.repeat(np.arange(3), [900, 90, 10])


def test_instances_come_once_each():
    rows = epoch_rows(LABELS, "instance", 0, 0)
    np.testing.assert_array_equal(np.sort(rows), np.arange(1000))
    assert (rows != np.arange(1000)).any()


def test_classes_come_alike_and_rows_of_a_class_too():
    rows = np.concatenate([epoch_rows(LABELS, "class", 1, epoch) for epoch in range(100)])
    shares = np.bincount(LABELS[rows]) / rows.size
    np.testing.assert_allclose(shares, 1 / 3, atol=4 * np.sqrt(2 / 9 / rows.size))
    tail = np.bincount(rows[LABELS[rows] == 2] - 990, minlength=10) / rows.size
    np.testing.assert_allclose(tail, 1 / 30, atol=5 * np.sqrt(1 / 30 / rows.size))


@pytest.mark.parametrize("sampler", ["instance", "class"])
def test_rows_depend_on_seed_and_epoch_alone(sampler):
    first = epoch_rows(LABELS, sampler, 3, 4)
    np.testing.assert_array_equal(first, epoch_rows(LABELS, sampler, 3, 4))
    assert (first != epoch_rows(LABELS, sampler, 4, 3)).any()
    assert (first != epoch_rows(LABELS, sampler, 3, 5)).any()


def test_recorded_steps():
    assert recorded_steps(160, 3) == (0, 10, 20, 40, 80, 160, 320, 480)
    assert recorded_steps(1, 2) == (0, 1, 2)
    assert recorded_steps(5, 1) == (0, 1, 2, 5)
    for length in range(1, 70):
        steps = recorded_steps(length, 4)
        assert list(steps) == sorted(set(steps))
