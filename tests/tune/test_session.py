from dataclasses import replace

import numpy as np
import pytest

from app.adjust.adjusters import score_function
from app.data import Upload
from app.errors import UserError
from app.tune import TuneSpec, bundled_spec, comparison, warnings
from app.tune.session import class_label

COUNTS = np.array([500, 50, 5])


def upload(logits=None, labels=None, **fields):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(60, 3)) + 1 if logits is None else np.asarray(logits, float)
    y = np.arange(len(z)) % z.shape[1] if labels is None else np.asarray(labels)
    counts = COUNTS if z.shape[1] == 3 else np.array([500, 20])
    return Upload("mine.npz", z, **{"labels": y, "class_counts": counts} | fields)


def probabilities(num_classes=3):
    z = np.exp(np.random.default_rng(0).normal(size=(60, num_classes)))
    return z / z.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("field", "missing"), [("labels", "labels"), ("class_counts", "class counts")]
)
def test_what_tuning_needs_is_asked_for(field, missing):
    with pytest.raises(UserError, match=rf"^mine.npz holds no {missing}; .*\.$"):
        comparison(replace(upload(), **{field: None}), TuneSpec())


@pytest.mark.parametrize("prior", [(), (0.5, 0.5), (0.1,) * 4])
def test_a_custom_prior_has_one_share_a_class(prior):
    with pytest.raises(UserError, match=f"custom prior must hold 3 positive .* got {len(prior)}"):
        comparison(upload(), TuneSpec(prior="custom", custom_prior=prior))


@pytest.mark.parametrize("prior", [(1.0, 1.0, 0.0), (1.0, 1.0, -1.0)])
def test_a_custom_prior_is_positive(prior):
    work = comparison(upload(), TuneSpec(prior="custom", custom_prior=prior))
    with pytest.raises(UserError, match="must hold 3 positive numbers"):
        work.line("ala")


def test_logarithms_need_probabilities():
    with pytest.raises(UserError, match="logarithms need scores of at least 0"):
        comparison(upload(np.array([[1.0, -1, 0], [0, 1, 2]])), TuneSpec(scale="log"))


def test_the_split_is_needed_to_judge_on_it():
    work = comparison(upload(), TuneSpec())
    with pytest.raises(UserError, match="split is not in the file"):
        work.line("mla", judge="split")


def test_settings_reach_the_comparison():
    weights = np.array([[3.0, 4], [0, 2], [1, 0]])
    file = upload(weights=weights, bias=np.arange(3.0), class_means=2 * weights)
    spec = TuneSpec(ties="head", many=60, few=6, norms=True, scale="center", prior="train")
    setup = comparison(file, spec).setup
    np.testing.assert_array_equal(setup.weight_norms, [5, 2, 1])
    np.testing.assert_array_equal(setup.feature_norms, [10, 4, 2])
    np.testing.assert_array_equal(setup.bias, [0, 1, 2])
    assert list(setup.groups) == ["many", "medium", "few"]
    assert (setup.ties, setup.center, setup.target_prior) == ("head", True, "train")
    plain = comparison(file, TuneSpec()).setup
    assert (plain.feature_norms, plain.center, plain.target_prior) == (None, False, None)


def test_norms_that_are_not_in_the_file_are_not_used():
    assert comparison(upload(), TuneSpec(norms=True)).setup.feature_norms is None


def test_centring_leaves_the_logits_to_the_rules_that_use_it():
    file = upload()
    assert comparison(file, TuneSpec(scale="center")).logits is file.logits


@pytest.mark.parametrize("name", ["raw", "mla", "ala", "1vs1", "vs", "temperature"])
def test_adjusting_logarithms_does_not_depend_on_the_sum_of_a_row(name):
    file, other = upload(probabilities()), upload(7 * probabilities())
    lines = [comparison(f, TuneSpec(scale="log")).line(name, samples=20) for f in (file, other)]
    np.testing.assert_array_equal(lines[0].predictions, lines[1].predictions)


def test_logarithms_let_mla_help_the_tail():
    """All logarithms of probabilities are negative: without centring MLA would help the head."""
    work = comparison(
        upload(probabilities(), class_counts=np.array([9, 3, 1])), TuneSpec(scale="log")
    )
    assert work.logits.max() < 0
    few = [
        (score_function("mla", work.setup, {"gamma": gamma})(work.logits).argmax(axis=1) == 2).sum()
        for gamma in (0, 0.5, 1, 2)
    ]
    assert few == sorted(set(few))


def test_ordinary_logits_need_no_warning():
    assert warnings(upload(), TuneSpec(folds=2)) == []


@pytest.mark.parametrize(
    ("scores", "word", "remedy"),
    [
        (probabilities(), "probabilities", "logarithms or centring"),
        (np.log(probabilities()), "log-probabilities", "centring"),
    ],
)
def test_other_scales_are_named(scores, word, remedy):
    first, *_ = warnings(upload(scores), TuneSpec())
    assert first.startswith(f"The scores look like {word}: ")
    assert f"consider {remedy} under" in first
    for scale in ("center", "log"):
        assert not any("look like" in w for w in warnings(upload(scores), TuneSpec(scale=scale)))


def test_rows_in_which_all_is_negative_are_counted():
    z = np.ones((40, 3))
    z[:10] = -1
    (warning,) = warnings(upload(z, np.arange(40) % 3), TuneSpec())
    assert warning.startswith("In 10 rows (25.0%) every logit is negative")
    assert warnings(upload(z), TuneSpec(scale="center")) == []


def test_absent_classes_are_named():
    file = upload(labels=np.zeros(60, int), class_names=("cat", "dog", "fox"))
    assert warnings(file, TuneSpec()) == [
        "No samples of dog, fox: they have no recall and count in no metric."
    ]
    assert warnings(upload(labels=np.zeros(60, int)), TuneSpec())[0].startswith(
        "No samples of class 1, class 2: "
    )


def test_many_absent_classes_are_counted():
    z = np.random.default_rng(0).normal(size=(60, 9)) + 5
    file = upload(z, np.zeros(60, int), class_counts=np.arange(1, 10))
    assert "class 1, class 2, class 3, class 4, class 5 and 3 more" in warnings(file, TuneSpec())[0]


def test_a_class_smaller_than_the_folds_is_mentioned_where_there_are_folds():
    file = upload(labels=[0] * 50 + [1] * 6 + [2] * 4, split=np.array(["tune", "judge"] * 30))
    (warning,) = warnings(file, TuneSpec(folds=5))
    assert "smallest class has 4 samples, fewer than the 5 folds" in warning
    assert warnings(file, TuneSpec(folds=4)) == []
    assert warnings(file, TuneSpec(judge="split", folds=5)) == []
    line = comparison(file, TuneSpec()).line("mla", folds=5, samples=20)
    assert line.predictions.size == 60


@pytest.mark.parametrize("scale", ["center", "log"])
def test_two_centred_classes_cannot_be_told_apart_by_mla(scale):
    file = upload(probabilities(2))
    assert "MLA cannot change any prediction" in " ".join(warnings(file, TuneSpec(scale=scale)))
    assert "cannot" not in " ".join(warnings(file, TuneSpec()))
    work = comparison(file, TuneSpec(scale=scale))
    raw, mla = (work.line(name, judge="same", samples=20) for name in ("raw", "mla"))
    np.testing.assert_array_equal(raw.predictions, mla.predictions)


def test_without_labels_there_is_nothing_to_say_about_classes():
    assert warnings(replace(upload(), labels=None), TuneSpec()) == []


def test_a_class_is_called_by_its_name():
    assert class_label(upload(), 1) == "class 1"
    assert class_label(upload(class_names=("a", "b", "c")), 1) == "b"


@pytest.mark.parametrize(
    ("counts", "groups"),
    [([5000, 100, 50], {"many": 1000, "few": 200}), ([500, 100, 5], {})],
)
def test_samples_with_large_counts_have_groups_of_their_own(counts, groups):
    file = upload(class_counts=np.array(counts))
    assert bundled_spec(file) == {"judge": "folds", **groups}
    split = upload(class_counts=np.array(counts), split=np.array(["tune", "judge"] * 30))
    assert bundled_spec(split) == {"judge": "split", **groups}
    assert TuneSpec(**bundled_spec(split)).judge == "split"
