import numpy as np
import pytest
from scipy.stats import binomtest

from app.adjust import ADJUSTERS, METRICS, Comparison, Setup, compare, exact_path, make_protocol
from app.adjust import tuners as tuners_module
from app.adjust.estimators import VectorScaling
from app.adjust.judge import fit_temperature
from app.errors import UserError

COUNTS = np.array([400, 150, 60, 25, 10])
NORMS = np.array([2.0, 1.7, 1.4, 1.2, 1.0])
BIAS = np.array([0.3, 0.1, 0.0, -0.2, -0.1])
SETUP = Setup(COUNTS, weight_norms=NORMS, bias=BIAS, ties="head")
OTHERS = tuple(name for name in ADJUSTERS if name != "raw")
BOUNDS = (0.0, 3.0)


def long_tail(num_rows=250, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.resize(np.arange(5), num_rows))
    logits = rng.normal(size=(num_rows, 5)) + 1.3 * np.eye(5)[labels]
    return logits + 0.4 * np.log(COUNTS / 60), labels


X, Y = long_tail()
SPLIT = np.where(np.arange(len(Y)) % 5 < 2, "tune", "judge")


def lines(names=OTHERS, logits=X, labels=Y, setup=SETUP, split=SPLIT, **options):
    options = {"samples": 5, "folds": 3} | options
    return {
        line.name: line for line in Comparison(logits, labels, setup, split).lines(names, **options)
    }


def tuned_by_hand(name, logits, labels, metric="balanced_accuracy"):
    """Parameters found on these rows and nothing else."""
    if name == "raw":
        return {}
    if name == "temperature":
        return {"temperature": fit_temperature(logits, labels, np.arange(len(labels)))}
    if name == "vs":
        found = VectorScaling("auto", "auto", metric=metric).fit(
            logits, labels, class_counts=COUNTS
        )
        return {"gamma": found.gamma_, "tau": found.tau_}
    extra = {"weight_norms": NORMS, "bias": BIAS} if name == "tau-norm" else {}
    extra |= {"ties": "head"} if name == "1vs1" else {}
    best = exact_path(logits, labels, COUNTS, name, bounds=BOUNDS, **extra).best(metric)
    return {"gamma" if name in ("mla", "1vs1") else "tau": best.value}


def scores_by_hand(name, z, gamma=0.0, tau=0.0, temperature=1.0):
    """The formulas, written out."""
    share, prior = COUNTS / COUNTS.max(), COUNTS / COUNTS.sum()
    if name == "1vs1":
        psi, n = np.arccos(-1 / 4), COUNTS.astype(float) ** gamma
        theta = psi * n[None, :] / (n[:, None] + n[None, :])
        # Angles sum to psi, and sin a + cos psi sin(psi - a) = sin psi cos(psi - a).
        factor = np.cos(theta.T)
        return (z[:, :, None] * factor > z[:, None, :] * factor.T).sum(axis=2)
    if name == "tau-norm":
        return (z - BIAS) / NORMS**tau
    return z / temperature * share**-gamma - tau * np.log(prior)


def recalls_by_hand(labels, predictions):
    return np.array([np.mean(predictions[labels == k] == k) for k in range(5)])


# Nothing is judged with what it was tuned on


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


# Raw first, paired with all others


@pytest.mark.parametrize("names", [(), ("ala", "mla"), ("mla", "raw", "ala"), ("raw",)])
def test_raw_is_judged_first_whatever_is_asked_for(names):
    found = [line.name for line in Comparison(X, Y, SETUP).lines(names, samples=2)]
    assert found == ["raw", *(name for name in names if name != "raw")]


def test_lines_come_one_by_one(monkeypatch):
    made = []
    monkeypatch.setattr(compare, "make_tuner", counting(made))
    rest = Comparison(X, Y, SETUP).lines(("mla", "ala"), samples=2)
    assert next(rest).name == "raw"
    assert "mla" not in made
    assert next(rest).name == "mla"
    assert "ala" not in made


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


# Sampling for the 1vs1adjuster


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


# One pass, one seed


def counting(made):
    def make_tuner(name, *args):
        made.append(name)
        return tuners_module.make_tuner(name, *args)

    return make_tuner


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
