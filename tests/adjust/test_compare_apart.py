"""Nothing is judged with what it was tuned on."""

import numpy as np
import pytest

from app.adjust import ADJUSTERS, METRICS, make_protocol
from tests.adjust.comparisons import (
    OTHERS,
    SPLIT,
    X,
    Y,
    lines,
    recalls_by_hand,
    scores_by_hand,
    tuned_by_hand,
)


@pytest.mark.parametrize("metric", ["balanced_accuracy", "worst_class"])
@pytest.mark.parametrize("name", ADJUSTERS)
def test_folds_are_judged_with_parameters_of_the_other_rows(name, metric):
    line = lines((name,), metric=metric)[name]
    pairs = make_protocol("folds", Y, folds=3).pairs
    predictions, own = np.full(len(Y), -1), np.empty(len(Y))
    for (tune, judge), used in zip(pairs, line.fold_parameters, strict=True):
        assert np.intersect1d(tune, judge).size == 0
        by_hand = tuned_by_hand(name, X[tune], Y[tune], metric)
        assert used == pytest.approx(by_hand, abs=1e-9)
        scores = scores_by_hand(name, X[judge], **by_hand)
        predictions[judge] = scores.argmax(axis=1)
        own[judge] = scores[np.arange(judge.size), Y[judge]] - np.logaddexp.reduce(scores, axis=1)
    np.testing.assert_array_equal(line.rows, np.arange(len(Y)))
    np.testing.assert_array_equal(line.predictions, predictions)
    np.testing.assert_allclose(line.recalls, recalls_by_hand(Y, predictions))
    assert line.scores["accuracy"] == pytest.approx(np.mean(predictions == Y))
    assert line.scores["balanced_accuracy"] == pytest.approx(line.recalls.mean())
    assert line.scores["worst_class"] == line.recalls.min()
    assert line.scores["many"] == pytest.approx(line.recalls[:2].mean())
    assert line.scores["few"] == line.recalls[4]
    if ADJUSTERS[name].probabilistic and name != "tau-norm":
        assert line.nll == pytest.approx(-own.mean(), abs=1e-6)
    assert line.parameters == pytest.approx(tuned_by_hand(name, X, Y, metric), abs=1e-9)


@pytest.mark.parametrize("name", OTHERS)
def test_no_fold_sees_the_rows_it_judges(name):
    pairs = make_protocol("folds", Y, folds=3).pairs
    honest = lines((name,))[name]
    for round_, (_, judge) in enumerate(pairs):
        tampered = X.copy()
        tampered[judge] = np.random.default_rng(round_).normal(size=(judge.size, 5))
        found = lines((name,), logits=tampered)[name]
        assert found.fold_parameters[round_] == honest.fold_parameters[round_]
        assert found.fold_parameters != honest.fold_parameters


@pytest.mark.parametrize("name", OTHERS)
def test_a_split_never_tunes_on_rows_that_judge(name):
    honest = lines((name,), judge="split")[name]
    judged = np.flatnonzero(SPLIT == "judge")
    np.testing.assert_array_equal(honest.rows, judged)
    tampered, labels = X.copy(), Y.copy()
    tampered[judged] = -X[judged]
    labels[judged] = 4 - Y[judged]
    found = lines((name,), logits=tampered, labels=labels, judge="split")[name]
    assert found.parameters == honest.parameters
    assert found.fold_parameters == [found.parameters]
    assert found.optimum == honest.optimum
    if honest.bootstrap is not None:
        np.testing.assert_array_equal(found.bootstrap.values, honest.bootstrap.values)
    assert found.scores["accuracy"] != honest.scores["accuracy"]


@pytest.mark.parametrize("name", ADJUSTERS)
def test_a_split_never_judges_rows_that_tune(name):
    line = lines((name,), judge="split")[name]
    tune, judge = (np.flatnonzero(part == SPLIT) for part in ("tune", "judge"))
    by_hand = tuned_by_hand(name, X[tune], Y[tune])
    assert line.parameters == pytest.approx(by_hand, abs=1e-9)
    predictions = scores_by_hand(name, X[judge], **by_hand).argmax(axis=1)
    np.testing.assert_array_equal(line.predictions, predictions)
    np.testing.assert_allclose(line.recalls, recalls_by_hand(Y[judge], predictions))


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_data_give_the_score_of_the_optimum(metric):
    found = lines(("mla", "ala", "1vs1", "tau-norm"), judge="same", metric=metric)
    for name, line in found.items():
        if name != "raw":
            assert line.scores[metric] == pytest.approx(line.optimum.score, abs=1e-12)
        if name != "tau-norm":  # which without the bias is not raw at any tau
            assert line.scores[metric] >= found["raw"].scores[metric] - 1e-12


def test_vector_scaling_and_temperature_do_what_they_promise_on_the_same_data():
    found = lines(judge="same")
    assert found["vs"].scores["balanced_accuracy"] >= found["ala"].scores["balanced_accuracy"]
    assert found["temperature"].nll <= found["raw"].nll
    np.testing.assert_array_equal(found["temperature"].predictions, found["raw"].predictions)
