"""Each adjuster passes over the logits once, whatever is asked afterwards; one seed decides."""

import numpy as np
import pytest

from app.adjust import ADJUSTERS, Comparison, compare, exact_path
from app.adjust import tuners as tuners_module
from tests.adjust.comparisons import SETUP, SPLIT, X, Y, lines
from tests.adjust.estimators import COUNTS


def counting(made):
    def make_tuner(name, *args):
        made.append(name)
        return tuners_module.make_tuner(name, *args)

    return make_tuner


def test_lines_come_one_by_one(monkeypatch):
    made = []
    monkeypatch.setattr(compare, "make_tuner", counting(made))
    rest = Comparison(X, Y, SETUP).lines(("mla", "ala"), samples=2)
    assert next(rest).name == "raw"
    assert "mla" not in made
    assert next(rest).name == "mla"
    assert "ala" not in made


def test_each_adjuster_passes_over_the_logits_once(monkeypatch):
    made = []
    monkeypatch.setattr(compare, "make_tuner", counting(made))
    data = Comparison(X, Y, SETUP, SPLIT)
    for options in (
        {},
        {"metric": "accuracy"},
        {"bounds": (0.5, 2.0)},
        {"judge": "split", "metric": "few"},
        {"folds": 4, "seed": 9},
        {"judge": "same", "samples": 3},
    ):
        list(data.lines(tuple(ADJUSTERS), **({"samples": 2} | options)))
    assert sorted(made) == sorted(ADJUSTERS)


def test_wider_bounds_take_at_most_one_more_pass(monkeypatch):
    made = []
    monkeypatch.setattr(compare, "make_tuner", counting(made))
    data = Comparison(X, Y, SETUP)
    for bounds in ((0.0, 3.0), (-1.0, 4.5), (0.0, 3.0), (-0.5, 4.0)):
        list(data.lines(("mla",), bounds=bounds, samples=2))
    assert made.count("mla") <= 2


def test_bounds_and_metric_are_obeyed_after_the_one_pass():
    data = Comparison(X, Y, SETUP)
    list(data.lines(("mla",), samples=2))
    for bounds in ((0.0, 0.2), (2.0, 5.0), (-2.0, -1.0)):
        line = list(data.lines(("mla",), "worst_class", bounds, samples=2))[1]
        best = exact_path(X, Y, COUNTS, "mla", bounds=bounds).best("worst_class")
        assert line.optimum == pytest.approx(best, abs=1e-12)
        assert all(bounds[0] <= p["gamma"] <= bounds[1] for p in line.fold_parameters)
        assert ((bounds[0] <= line.bootstrap.values) & (line.bootstrap.values <= bounds[1])).all()


def test_the_seed_decides_folds_and_bootstrap():
    one, same, other = (lines(seed=seed) for seed in (1, 1, 2))
    for name in ADJUSTERS:
        np.testing.assert_array_equal(one[name].predictions, same[name].predictions)
        assert one[name].scores == same[name].scores
        assert one[name].fold_parameters == same[name].fold_parameters
    np.testing.assert_array_equal(one["mla"].bootstrap.values, same["mla"].bootstrap.values)
    assert not np.array_equal(one["mla"].bootstrap.values, other["mla"].bootstrap.values)
    assert one["mla"].fold_parameters != other["mla"].fold_parameters
    assert one["mla"].parameters == other["mla"].parameters
