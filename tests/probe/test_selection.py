"""Which step and which rate of a method is reported."""

import dataclasses
import itertools

import numpy as np
import pytest

from app.data.features import Rows
from app.probe import METHODS, candidates, run
from app.probe.board import Board
from app.probe.judge import Findings
from app.probe.state import State
from tests.probe.sets import clouds
from tests.probe.small_runs import BALANCED, DATA, SPEC, changed, last


def test_reported_on_validation_is_the_best_there_past_the_start():
    spec = changed(seeds=2)
    arrays = last(spec).arrays
    for m, name in enumerate(spec.methods):
        for s in range(2):
            t = list(arrays["history/step"]).index(arrays["chosen_step"][m, s])
            validation = arrays["history/validation"][:, m, s, BALANCED]
            if METHODS[name].trained:
                assert t > 0
                assert t == 1 + validation[1:].argmax()
            else:
                assert t == 0
            told = np.nanmean(arrays["recalls"][m, s])
            assert told == pytest.approx(arrays["history/test"][t, m, s, BALANCED])


def test_reported_last_is_the_last():
    arrays = last(changed(selection="last")).arrays
    trained = [METHODS[name].trained for name in SPEC.methods]
    np.testing.assert_array_equal(arrays["chosen_step"][:, 0], np.where(trained, 28, 0))
    np.testing.assert_array_equal(arrays["recalls"], arrays["now/recalls"])


def test_reported_best_on_test_is_the_best_whole_epoch():
    final = last(changed(selection="best-on-test", epochs=6, methods=("lort", "posthoc-la-tuned")))
    test = final.arrays["history/test"][:, 0, 0, BALANCED]
    ends = [t for t, step in enumerate(final.arrays["history/step"]) if step and step % 7 == 0]
    assert final.metrics["lort/balanced_accuracy"] == pytest.approx(test[ends].max())
    honest = last(changed(methods=("posthoc-la-tuned",)))
    key = "posthoc-la-tuned/balanced_accuracy"
    assert final.metrics[key] >= honest.metrics[key]


def test_several_rates_are_chosen_among_by_the_same_rule():
    spec = changed(
        methods=("ce", "stage1", "lort"), learning_rates=(1e-4, 0.1, 1e3), weight_decays=(0, 0.01)
    )
    heads = candidates(spec)
    assert [c.method.name for c in heads] == ["ce"] * 6 + ["stage1"] + ["lort"] * 6
    assert [c.learning_rate for c in heads[:6]] == [1e-4, 1e-4, 0.1, 0.1, 1e3, 1e3]
    arrays = last(spec).arrays
    for m, places in ((0, range(6)), (2, range(7, 13))):
        validation = arrays["history/validation"][1:, places, 0, BALANCED]
        c, t = arrays["chosen_candidate"][m, 0], arrays["chosen_step"][m, 0]
        row = list(arrays["history/step"][1:]).index(t)
        assert validation[row, c - places[0]] == np.nanmax(validation)


def test_heads_that_diverge_are_not_available_and_others_stay():
    spec = changed(
        methods=("ce", "cb-bce"), learning_rates=(1e3,), epochs=40, weight_decays=(10.0,)
    )
    *_, final = run(spec, clouds([60, 30, 15, 6]))
    assert np.isnan(final.arrays["now/recalls"]).all()
    mixed = changed(methods=("ce",), learning_rates=(1e3, 0.01), weight_decays=(10.0,), epochs=40)
    assert last(mixed).metrics["ce/balanced_accuracy"] > 0.4


def test_a_method_that_has_diverged_from_the_first_is_not_reported_as_its_start():
    board = Board(changed(methods=("ce",)), candidates(changed(methods=("ce",))), 7)
    state = State.linear(np.ones((1, 4, 8)), np.zeros((1, 4)))
    nothing = np.full((1, 4), np.nan)
    board.record(state, Findings(nothing + 1, nothing, nothing), np.ones((1, 7)), np.ones((1, 7)))
    lost = np.full((1, 7), np.nan)
    board.record(state, Findings(nothing, nothing, nothing), lost, lost)
    assert np.isnan(board.snapshot(1, {}).metrics["ce/balanced_accuracy"])


def test_rows_of_validation_never_matter_where_they_do_not_choose():
    other = dataclasses.replace(DATA, val=Rows(-DATA.val.features, DATA.val.labels))
    spec = changed(selection="last", methods=("ce", "lort", "posthoc-la"))
    for a, b in itertools.zip_longest(run(spec, DATA), run(spec, other)):
        np.testing.assert_equal(dict(a.metrics), dict(b.metrics))
