"""Where there are too many duels, the 1vs1adjuster is compared on rows drawn at random."""

import numpy as np
import pytest
from scipy.stats import binomtest

from app.adjust import ADJUSTERS, Comparison, Setup, make_protocol
from app.adjust import tuners as tuners_module
from tests.adjust.comparisons import SETUP, X, Y, lines, scores_by_hand, tuned_by_hand
from tests.adjust.estimators import COUNTS


@pytest.fixture
def few_duels(monkeypatch):
    monkeypatch.setattr(tuners_module, "MOST_DUELS", 25 * 120 + 7)


@pytest.mark.parametrize("judge", ["folds", "split", "same"])
def test_too_many_duels_are_sampled_and_it_is_said(few_duels, judge):
    found = lines(metric="accuracy", judge=judge)
    line, raw = found["1vs1"], found["raw"]
    assert line.note.startswith("on 120 of 250 samples drawn at random")
    assert all(other.note == "" for name, other in found.items() if name != "1vs1")
    assert len(line.rows) == 120 if judge != "split" else 40 < len(line.rows) < 100
    assert np.isin(line.rows, raw.rows).all()
    paired = raw.predictions[np.isin(raw.rows, line.rows)] == Y[line.rows]
    right = line.predictions == Y[line.rows]
    won, lost = (right & ~paired).sum(), (paired & ~right).sum()
    exact = binomtest(won, won + lost, 0.5).pvalue if won + lost else 1.0
    assert line.p_value == pytest.approx(exact, abs=0.02)


def test_sampled_folds_are_tuned_within_the_sample(few_duels):
    data = Comparison(X, Y, SETUP)
    line = list(data.lines(("1vs1",), folds=3, samples=2, seed=4))[1]
    rows = data.rows("1vs1", seed=4)
    np.testing.assert_array_equal(line.rows, rows)
    pairs = make_protocol("folds", Y[rows], folds=3, seed=4).pairs
    for (tune, judge), used in zip(pairs, line.fold_parameters, strict=True):
        by_hand = tuned_by_hand("1vs1", X[rows[tune]], Y[rows[tune]])
        assert used == pytest.approx(by_hand, abs=1e-9)
        predictions = scores_by_hand("1vs1", X[rows[judge]], **by_hand).argmax(axis=1)
        np.testing.assert_array_equal(line.predictions[judge], predictions)


def test_another_seed_samples_and_tunes_other_rows(few_duels):
    """What was kept for one seed's rows must not tune another's."""
    data = Comparison(X, Y, SETUP)
    first, second = (list(data.lines(("1vs1",), samples=2, seed=s))[1] for s in (0, 1))
    assert not np.array_equal(first.rows, second.rows)
    fresh = list(Comparison(X, Y, SETUP).lines(("1vs1",), samples=2, seed=1))[1]
    assert second.fold_parameters == fresh.fold_parameters
    assert second.parameters == fresh.parameters
    np.testing.assert_array_equal(second.predictions, fresh.predictions)


def test_what_is_available_depends_on_norms_and_on_classes(few_duels):
    data = Comparison(X, Y, SETUP)
    assert all(data.available(name) for name in ADJUSTERS)
    assert not Comparison(X, Y, Setup(COUNTS)).available("tau-norm")
    many = Comparison(np.zeros((1, 1001)), np.zeros(1, dtype=int), Setup(np.ones(1001)))
    assert not many.available("1vs1")
    assert many.available("mla")
