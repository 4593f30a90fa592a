import math

import numpy as np
import pytest
from scipy.stats import t as student

from app.adjust import MultiplicativeLogitAdjustment, OneVsOneAdjustment
from app.adjust.metrics import Metric
from app.adjust.significance import paired_test
from app.errors import UserError
from app.longtail import frequency_groups
from app.probe import ProbeSpec, run
from app.probe.results import comparison, reported_scores, score
from app.probe.selection import protocol
from app.probe.sensitivity import sensitivity, span, tried
from tests.probe.sets import clouds

DATA = clouds([300, 60, 15, 6], spread=1.5)
SPEC = ProbeSpec(
    data="clouds",
    methods=("stage1", "balanced-softmax", "posthoc-mla", "1vs1", "lort", "disalign", "cosine"),
    epochs=3,
    seeds=3,
)


def final(spec, data=DATA):
    *_, snapshot = run(spec, data)
    return snapshot


@pytest.fixture(scope="module")
def arrays():
    return final(SPEC).arrays


@pytest.fixture(scope="module")
def lines(arrays):
    return {line.name: line for line in comparison(SPEC, arrays, DATA)}


def test_the_interval_is_student_s():
    values = [0.4, 0.5, 0.9]
    low, high = student.interval(0.95, 2, np.mean(values), np.std(values, ddof=1) / math.sqrt(3))
    assert score(values) == pytest.approx((0.6, low, high))
    alone = score([0.3])
    assert alone.mean == 0.3
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)


def test_scores_are_those_of_the_reported_classifiers(arrays, lines):
    """By argmax over scores recomputed from the stored classifiers."""
    groups, labels = frequency_groups(arrays["counts"]), DATA.test.labels
    for name in SPEC.methods:
        recalls = []
        for s in range(3):
            hits = reported_scores(SPEC, arrays, DATA.test, name, s).argmax(axis=1) == labels
            recalls.append([hits[labels == k].mean() for k in range(4)])
        for metric in ("accuracy", "many", "medium", "few", "worst_class"):
            of = Metric.of(metric, np.bincount(labels), groups)
            expected = score(of.value(np.array(recalls)))
            np.testing.assert_allclose(lines[name].scores[metric], expected, atol=1e-12)


def test_differences_are_taken_seed_by_seed(arrays, lines):
    line = lines["lort"]
    assert set(line.against) == {"stage1", "balanced-softmax"}
    assert set(lines["stage1"].against) == {"balanced-softmax"}
    balanced = arrays["recalls"].mean(axis=-1)
    gaps = balanced[SPEC.methods.index("lort")] - balanced[1]
    found = line.against["balanced-softmax"]
    np.testing.assert_allclose(found.score, score(gaps), atol=1e-12)
    labels = DATA.test.labels
    metric = Metric.of("balanced_accuracy", np.bincount(labels), frequency_groups(arrays["counts"]))
    a, b = (
        reported_scores(SPEC, arrays, DATA.test, name).argmax(axis=1) == labels
        for name in ("lort", "balanced-softmax")
    )
    assert found.p_value == paired_test(metric, labels, a, b, 1999)


def test_rules_are_those_of_the_library(arrays):
    """Folded into a classifier, or as votes, they predict what the estimators do."""
    logits = reported_scores(SPEC, arrays, DATA.test, "stage1")
    for name, estimator in (
        ("posthoc-mla", MultiplicativeLogitAdjustment),
        ("1vs1", OneVsOneAdjustment),
    ):
        m = SPEC.methods.index(name)
        rule = estimator(gamma=arrays["parameter"][m, 0])
        rule.fit(logits, DATA.test.labels, class_counts=arrays["counts"])
        found = reported_scores(SPEC, arrays, DATA.test, name).argmax(axis=1)
        np.testing.assert_array_equal(found, rule.predict(logits))


def test_rules_are_tuned_on_validation_rows(arrays):
    logits = reported_scores(SPEC, arrays, DATA.val, "stage1")
    tuned = MultiplicativeLogitAdjustment(gamma="auto")
    tuned.fit(logits, DATA.val.labels, class_counts=arrays["counts"])
    found = reported_scores(SPEC, arrays, DATA.val, "posthoc-mla").argmax(axis=1)
    labels = DATA.val.labels

    def balanced(predictions):
        return np.mean([(predictions[labels == k] == k).mean() for k in range(4)])

    assert balanced(found) == pytest.approx(balanced(tuned.predict(logits)))


def test_every_line_says_what_was_chosen(lines):
    assert lines["stage1"].chosen == "not trained"
    assert "chosen on validation rows" in lines["posthoc-mla"].chosen
    assert lines["posthoc-mla"].chosen.startswith("gamma = ")
    assert lines["lort"].chosen.startswith("epoch ")
    assert lines["lort"].chosen.endswith("of 3, chosen on validation rows")
    assert lines["lort"].learning_rates == (5e-4,) * 3
    assert all(0 < epoch <= 3 for epoch in lines["lort"].epochs)
    unchosen = SPEC.model_copy(update={"selection": "last", "seeds": 1})
    without = clouds([300, 60, 15, 6], validation=False)
    told = {
        line.name: line for line in comparison(unchosen, final(unchosen, without).arrays, without)
    }
    assert told["posthoc-mla"].chosen == "gamma = 0.5, not tuned"
    assert told["lort"].chosen == "epoch 3 of 3, the last"
    assert told["lort"].epochs == (3.0,)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ("validation", "on 80 validation rows, judged on 90 test rows; 3 seeds from 0"),
        ("best-on-test", "on the same 90 test rows that judge them (optimistic"),
        ("last", "last of 3 epochs, parameters with the best balanced accuracy on 80 validation"),
    ],
)
def test_the_protocol_in_words(selection, words):
    assert words in protocol(SPEC.model_copy(update={"selection": selection}), 80, 90)


def test_sensitivity_is_the_reported_score_of_every_rate_and_decay():
    spec = SPEC.model_copy(
        update={
            "methods": ("stage1", "lort"),
            "learning_rates": (1e-3, 0.1),
            "weight_decays": (0.0, 1e-3, 1e-1),
            "seeds": 2,
            "dtype": "float64",  # Stacks of other sizes round differently.
        }
    )
    for selection in ("validation", "last", "best-on-test"):
        chosen = spec.model_copy(update={"selection": selection})
        grid = sensitivity(chosen, final(chosen).arrays, "lort")
        for i, rate in enumerate(spec.learning_rates):
            for j, decay in enumerate(spec.weight_decays):
                alone = chosen.model_copy(
                    update={
                        "methods": ("lort",),
                        "learning_rates": (rate,),
                        "weight_decays": (decay,),
                    }
                )
                expected = final(alone).metrics["lort/balanced_accuracy"]
                assert grid[i, j] == pytest.approx(expected)


def test_methods_that_were_not_compared_are_refused(arrays):
    with pytest.raises(UserError, match=r"method must be one of stage1, .*, got 'ce'"):
        reported_scores(SPEC, arrays, DATA.test, "ce")
    with pytest.raises(UserError, match=r"method must be a trained one .*, got 'stage1'"):
        sensitivity(SPEC, arrays, "stage1")
    with pytest.raises(UserError, match="must hold a trained one, got stage1, ncm"):
        span(SPEC.model_copy(update={"methods": ("stage1", "ncm")}), arrays)


def test_maps_of_all_methods_share_a_range_without_the_lowest_fifth():
    spec = SPEC.model_copy(
        update={"methods": ("stage1", "ce", "lort"), "learning_rates": (0.1, 1e-3)}
    )
    arrays = final(spec).arrays
    scores = [sensitivity(spec, arrays, name) for name in ("ce", "lort")]
    low, high = span(spec, arrays)
    assert high == np.max(scores)
    assert low == pytest.approx(np.quantile(scores, 0.2))
    found = tried(spec, arrays, "lort")
    assert (found.rates, found.decays) == (["0.1", "0.001"], ["0"])
    np.testing.assert_array_equal(found.scores, scores[1])
