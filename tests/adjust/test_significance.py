import tracemalloc

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from app.adjust import significance
from app.adjust.metrics import METRICS, Metric
from app.adjust.significance import paired_test

GROUPS = np.array(["many", "many", "medium", "few"])


def metric_of(name, labels, groups=GROUPS):
    return Metric.of(name, np.bincount(labels, minlength=len(groups)), groups)


def paired(num_rows, gain, lose, seed=0, num_classes=4):
    """Labels, and two classifiers that differ on about ``gain`` and ``lose`` of the rows."""
    rng = np.random.default_rng(seed)
    labels, u = rng.integers(0, num_classes, num_rows), rng.random(num_rows)
    baseline = rng.random(num_rows) < 0.6
    correct = baseline.copy()
    correct[~baseline & (u < gain)] = True
    correct[baseline & (u < lose)] = False
    return labels, correct, baseline


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("gain", [0.1, 0.16, 0.25])
def test_for_accuracy_it_is_the_exact_test_of_mcnemar(seed, gain):
    labels, correct, baseline = paired(300, gain, 0.1, seed)
    won, lost = (correct & ~baseline).sum(), (~correct & baseline).sum()
    exact = binomtest(won, won + lost, 0.5).pvalue
    found = paired_test(metric_of("accuracy", labels), labels, correct, baseline)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9999) + 2e-4)


def test_for_one_class_the_stratified_test_is_that_of_the_class():
    labels, correct, baseline = paired(400, 0.3, 0.1)
    own = labels == 3
    won, lost = (correct & ~baseline & own).sum(), (~correct & baseline & own).sum()
    found = paired_test(metric_of("few", labels), labels, correct, baseline)
    assert found == pytest.approx(binomtest(won, won + lost, 0.5).pvalue, abs=0.01)


def test_for_balanced_accuracy_it_is_the_exact_stratified_test():
    """Two classes, enumerated: the difference is the mean over classes of swings / size."""
    labels = np.array([0] * 40 + [1] * 10)
    baseline, correct = np.zeros(50, dtype=bool), np.zeros(50, dtype=bool)
    correct[:9], baseline[9:14], correct[40:43], baseline[43] = True, True, True, True
    metric = metric_of("balanced_accuracy", labels, GROUPS[:2])
    a, b = np.meshgrid(np.arange(15), np.arange(5), indexing="ij")
    chance = binom.pmf(a, 14, 0.5) * binom.pmf(b, 4, 0.5)
    difference = np.abs((2 * a - 14) / 40 + (2 * b - 4) / 10) / 2
    observed = (9 / 40 - 5 / 40 + 3 / 10 - 1 / 10) / 2
    found = paired_test(metric, labels, correct, baseline)
    assert found == pytest.approx(chance[difference >= observed - 1e-12].sum(), abs=0.02)


@pytest.mark.parametrize("name", METRICS)
def test_without_a_difference_it_is_one(name):
    labels, correct, _ = paired(200, 0.1, 0.1)
    assert paired_test(metric_of(name, labels), labels, correct, correct) == 1.0


def test_differences_outside_the_metric_do_not_count():
    labels = np.repeat(np.arange(4), 20)
    baseline = np.zeros(80, dtype=bool)
    correct = labels < 2
    assert paired_test(metric_of("few", labels), labels, correct, baseline) == 1.0
    assert paired_test(metric_of("many", labels), labels, correct, baseline) < 0.001


def test_a_metric_without_samples_has_no_p_value():
    labels = np.array([0, 1, 2, 0])
    right, wrong = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    assert np.isnan(paired_test(metric_of("few", labels), labels, right, wrong))
    # Identical classifiers do not make it defined.
    assert np.isnan(paired_test(metric_of("few", labels), labels, right, right))


@pytest.mark.parametrize("name", METRICS)
def test_it_has_two_sides_and_treats_both_classifiers_alike(name):
    labels, correct, baseline = paired(300, 0.2, 0.1)
    metric = metric_of(name, labels)
    there = paired_test(metric, labels, correct, baseline)
    back = paired_test(metric, labels, baseline, correct)
    assert there == pytest.approx(back, abs=0.02)
    assert 0 < there <= 1


def test_the_smallest_value_is_one_in_the_draws():
    labels = np.zeros(100, dtype=np.int64)
    right, wrong = np.ones(100, dtype=bool), np.zeros(100, dtype=bool)
    assert paired_test(metric_of("accuracy", labels), labels, right, wrong) == 1e-4
    assert paired_test(metric_of("accuracy", labels), labels, right, wrong, draws=99) == 0.01


def test_the_seed_decides_the_draws():
    labels, correct, baseline = paired(300, 0.17, 0.1)
    metric = metric_of("worst_class", labels)
    values = [paired_test(metric, labels, correct, baseline, seed=seed) for seed in (0, 0, 1)]
    assert values[0] == values[1]
    assert values[0] == pytest.approx(values[2], abs=0.03)
    assert len({paired_test(metric, labels, correct, baseline, seed=s) for s in range(5)}) > 1


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "worst_group"])
def test_without_an_effect_it_is_small_as_rarely_as_it_says(name):
    found = []
    for seed in range(200):
        labels, correct, baseline = paired(400, 0.6, 0.4, seed)
        found.append(paired_test(metric_of(name, labels), labels, correct, baseline, draws=199))
    for level in (0.05, 0.2, 0.5):
        share = np.mean(np.array(found) <= level)
        assert share <= level + 3 * np.sqrt(level * (1 - level) / 200)
    assert np.median(found) < 0.7


def test_many_classes_take_bounded_memory(monkeypatch):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 8142, 20_000)
    baseline = rng.random(20_000) < 0.5
    correct = baseline ^ (rng.random(20_000) < 0.1)
    metric = metric_of("balanced_accuracy", labels, np.resize(GROUPS, 8142))

    def run():
        return paired_test(metric, labels, correct, baseline, draws=400)

    whole = run()
    monkeypatch.setattr(significance, "_BLOCK", 2**17)
    tracemalloc.start()
    try:
        in_blocks = run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert in_blocks == whole
    # All draws at once would take 26 MB for each of several arrays.
    assert peak < 20e6
