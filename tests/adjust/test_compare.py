"""Lines of a comparison: their order, their numbers, missing classes and settings."""

import numpy as np
import pytest
from scipy.stats import binomtest

from app.adjust import ADJUSTERS, Comparison, Setup, exact_path
from app.errors import UserError
from tests.adjust.comparisons import SETUP, SPLIT, X, Y, lines
from tests.adjust.estimators import BIAS, COUNTS, NORMS

# Raw first, paired with all others


@pytest.mark.parametrize("names", [(), ("ala", "mla"), ("mla", "raw", "ala"), ("raw",)])
def test_raw_is_judged_first_whatever_is_asked_for(names):
    found = [line.name for line in Comparison(X, Y, SETUP).lines(names, samples=2)]
    assert found == ["raw", *(name for name in names if name != "raw")]


def test_p_values_compare_with_raw_on_the_rows_judged():
    for judge in ("folds", "split", "same"):
        found = lines(("mla", "temperature"), metric="accuracy", judge=judge)
        assert np.isnan(found["raw"].p_value)
        assert found["temperature"].p_value == 1.0
        raw, mla = (found[name].predictions == Y[found[name].rows] for name in ("raw", "mla"))
        won, lost = (mla & ~raw).sum(), (raw & ~mla).sum()
        exact = binomtest(won, won + lost, 0.5).pvalue
        assert found["mla"].p_value == pytest.approx(exact, abs=0.02)


def test_votes_have_no_likelihood_and_no_calibration():
    found = lines()
    for name, line in found.items():
        assert np.isnan(line.nll) == (name == "1vs1")
        assert np.isnan(line.ece) == (name == "1vs1")
        assert (line.bootstrap is None) == (name in ("raw", "vs", "temperature"))
        assert (line.optimum is None) == (name in ("raw", "vs", "temperature"))
        assert line.note == ""
    assert 0 <= found["raw"].ece <= 1


# Missing classes and groups


def test_metrics_of_an_empty_group_are_not_a_number():
    found = lines(("mla",), setup=Setup(COUNTS * 100))
    for line in found.values():
        empty = {name for name, value in line.scores.items() if np.isnan(value)}
        assert empty == {"medium", "few"}
        assert line.scores["worst_group"] == line.scores["many"]


def test_a_metric_that_is_not_defined_is_refused_after_raw():
    rest = Comparison(X, Y, Setup(COUNTS * 100)).lines(("mla",), "few", samples=2)
    assert np.isnan(next(rest).scores["few"])
    with pytest.raises(UserError, match=r"few is not defined on every fold.s tuning data"):
        next(rest)


def test_classes_without_samples_have_no_recall_and_no_part():
    here = Y != 3
    found = lines(logits=X[here], labels=Y[here], split=SPLIT[here])
    for line in found.values():
        assert np.flatnonzero(np.isnan(line.recalls)).tolist() == [3]
        assert line.scores["balanced_accuracy"] == pytest.approx(np.nanmean(line.recalls))
        assert line.scores["worst_class"] == np.nanmin(line.recalls)


def test_a_class_of_one_sample_is_judged_once():
    keep = (Y != 4) | (np.arange(len(Y)) == np.flatnonzero(Y == 4)[0])
    found = lines(logits=X[keep], labels=Y[keep], split=SPLIT[keep], folds=5)
    for line in found.values():
        assert line.recalls[4] in (0, 1)
        assert line.rows.size == keep.sum()


# One pass, one seed


def test_logits_may_be_float32_and_read_only():
    single = X.astype(np.float32)
    single.flags.writeable = False
    double = lines(logits=single.astype(np.float64))
    for name, line in lines(logits=single).items():
        np.testing.assert_array_equal(line.predictions, double[name].predictions)
        assert line.parameters == pytest.approx(double[name].parameters, abs=1e-6)


# Settings


def test_a_target_prior_moves_ala_only():
    target = np.array([1.0, 1, 1, 1, 12]) / 16
    plain, shifted = (
        lines(judge="same"),
        lines(
            judge="same",
            setup=Setup(COUNTS, weight_norms=NORMS, bias=BIAS, ties="head", target_prior=target),
        ),
    )
    scores = X - shifted["ala"].parameters["tau"] * np.log(COUNTS / COUNTS.sum()) + np.log(target)
    np.testing.assert_array_equal(shifted["ala"].predictions, scores.argmax(axis=1))
    best = exact_path(X, Y, COUNTS, "ala", target_prior=target).best("balanced_accuracy")
    assert shifted["ala"].optimum == pytest.approx(best, abs=1e-12)
    for name in set(ADJUSTERS) - {"ala"}:
        np.testing.assert_array_equal(plain[name].predictions, shifted[name].predictions)


def test_centring_leaves_ala_alone():
    plain = lines(judge="same")
    centred = lines(
        judge="same", setup=Setup(COUNTS, center=True, weight_norms=NORMS, bias=BIAS, ties="head")
    )
    for name in ("raw", "ala", "tau-norm", "temperature"):
        np.testing.assert_array_equal(plain[name].predictions, centred[name].predictions)
    best = exact_path(X, Y, COUNTS, "mla", center=True).best("balanced_accuracy")
    assert centred["mla"].optimum == pytest.approx(best, abs=1e-12)


def test_what_cannot_be_compared_is_refused():
    data = Comparison(X, Y, Setup(COUNTS))
    with pytest.raises(UserError, match="weight_norms"):
        list(data.lines(("tau-norm",), samples=2))
    for bounds in ((3.0, 0.0), (1.0, 1.0), (0.0, np.inf), (np.nan, 1.0)):
        with pytest.raises(UserError, match="bounds must"):
            list(data.lines(("mla",), bounds=bounds, samples=2))
    with pytest.raises(UserError, match="metric must be one of"):
        list(data.lines(("mla",), metric="f1", samples=2))
    with pytest.raises(UserError, match="samples must be at least 1"):
        list(data.lines(("mla",), samples=0))
    with pytest.raises(UserError, match="split is not in the file"):
        list(data.lines(("mla",), judge="split"))
