import numpy as np
import pytest

from app.adjust import make_protocol
from app.errors import UserError

# 250 rows of five equally large classes, of which two in five tune.
Y = np.random.default_rng(0).permutation(np.resize(np.arange(5), 250))
SPLIT = np.where(np.arange(len(Y)) % 5 < 2, "tune", "judge")


@pytest.mark.parametrize("folds", [2, 5, 20])
def test_folds_divide_the_rows_class_by_class(folds):
    protocol = make_protocol("folds", Y, folds=folds, seed=3)
    assert len(protocol.pairs) == folds
    np.testing.assert_array_equal(protocol.judged, np.arange(len(Y)))
    np.testing.assert_array_equal(protocol.final, np.arange(len(Y)))
    for tune, judge in protocol.pairs:
        np.testing.assert_array_equal(np.sort(np.append(tune, judge)), np.arange(len(Y)))
        sizes = np.bincount(Y[judge], minlength=5)
        assert (np.abs(sizes - 50 / folds) < 1).all()


def test_a_protocol_can_keep_to_some_rows():
    rows = np.arange(10, 200, 3)
    for judge in ("folds", "split", "same"):
        protocol = make_protocol(judge, Y, SPLIT, rows=rows)
        assert np.isin(protocol.judged, rows).all()
        assert np.isin(protocol.final, rows).all()
        assert all(np.isin(tune, rows).all() for tune, _ in protocol.pairs)


def test_sentences_say_what_was_tuned_on_and_what_is_judged():
    sentences = {j: make_protocol(j, Y, SPLIT, seed=7).sentence for j in ("folds", "split", "same")}
    assert sentences == {
        "folds": "5 stratified folds of 250 samples (seed 7): each sample is judged with "
        "parameters tuned without its fold",
        "split": "tuned on 100 validation samples, judged on 150 others",
        "same": "tuned and judged on the same 250 samples (optimistic)",
    }


@pytest.mark.parametrize("folds", [1, 0, -3, 251])
def test_folds_that_cannot_be_are_refused(folds):
    with pytest.raises(UserError, match=f"between 2 and the 250 samples, got {folds}"):
        make_protocol("folds", Y, folds=folds)


def test_more_folds_than_any_class_has_samples_are_refused():
    with pytest.raises(UserError, match="folds must be at most 50, the samples of the largest"):
        make_protocol("folds", Y, folds=51)


def test_a_split_must_be_there_and_mark_both_parts():
    with pytest.raises(UserError, match="split is not in the file: choose folds"):
        make_protocol("split", Y)
    for part in ("tune", "judge"):
        with pytest.raises(UserError, match="some rows for tuning and some for judging"):
            make_protocol("split", Y, np.full(len(Y), part))
