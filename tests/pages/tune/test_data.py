"""What the data are, and what to be warned of."""

import io

import numpy as np
import pytest

from app.data import read_upload
from app.tune import TuneSpec
from app.ui.text import plain
from tests.pages.tune.page import (
    MINE,
    arrays,
    assert_agrees,
    change,
    charts,
    checked,
    expected_lines,
    frame,
    has_table,
    npz,
    uploaded,
)


def test_a_class_without_samples_is_not_available_and_never_zero():
    labels = np.arange(80) % 3
    app = uploaded(npz(labels=labels), samples="20")
    assert any("No samples of owl" in w.value for w in app.warning)
    assert {m.label: m.value for m in app.metric}["Few"] == "n/a"
    table = frame(app)
    assert table["Few"].isna().all()
    assert (table["Worst class"] > 0).all()
    recalls = expected_lines(read_upload(io.BytesIO(npz(labels=labels)), "a.npz"), TuneSpec())
    assert np.isnan(recalls[0].recalls[3])
    assert "of 3." in charts(app)["tune:gains"].alt


@pytest.mark.parametrize("adjusters", ["mla", ""])
def test_an_empty_group_as_metric_gives_one_sentence_or_na_and_can_be_left(adjusters):
    app = uploaded(npz(class_counts=np.array([500, 120, 40, 30])), samples="20", metric="few")
    (error,) = app.error
    assert error.value.startswith("few is not defined")
    change(app, adjusters=[a for a in [adjusters] if a])
    assert {m.label: m.value for m in app.metric}["Few"] == "n/a"
    assert "nan" not in "".join(c.alt + c.spec for c in charts(app).values()).lower()
    change(app, metric="balanced_accuracy")
    assert not app.error
    assert frame(app)["Few"].isna().all()


def test_probabilities_are_warned_of_until_their_logarithms_are_taken():
    z = arrays()["logits"]
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    app = uploaded(npz(logits=shares), samples="20")
    assert any("look like probabilities" in w.value for w in app.warning)
    change(app, scale="log")
    assert not app.warning


@pytest.mark.parametrize("query", [{}, {"scale": "log"}], ids=["chosen", "in the link"])
def test_logarithms_of_logits_are_refused_and_can_be_undone(query):
    app = change(uploaded(samples="20", **query), scale="log")
    for _ in range(2):
        assert len(app.error) == 1
        assert not has_table(app)
        checked(app.run())
    change(app, scale="as-is")
    assert not app.error
    assert_agrees(app, MINE)


def test_rows_of_negative_logits_are_warned_of_with_their_number():
    z = arrays()["logits"]
    z[:8] = -np.abs(z[:8]) - 0.1
    app = uploaded(npz(logits=z), samples="20")
    (warning,) = app.warning
    assert warning.value.startswith(r"In 8 rows \(10\.0%\) every logit is negative")
    assert not change(app, scale="center").warning


def test_too_few_rows_for_the_folds_are_explained_and_can_be_judged_otherwise():
    few = {k: v[:3] for k, v in arrays().items() if k in ("logits", "labels")}
    app = uploaded(npz(**few, split=None), samples="20")
    assert [e.value for e in app.error] == [
        plain("folds must be between 2 and the 3 samples, got 5.")
    ]
    assert has_table(change(app, judge="same"))
    assert not app.error


@pytest.mark.parametrize("num_classes", [2, 1500])
def test_two_classes_and_many_work(num_classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, num_classes, 60)
    content = npz(
        logits=rng.normal(size=(60, num_classes)),
        labels=labels,
        class_counts=np.arange(num_classes, 0, -1),
        class_names=None,
        split=None,
        weights=None,
    )
    app = uploaded(content, samples="20", judge="same")
    assert has_table(app)
    assert not app.error
    assert ("1vs1adjuster" in frame(app)["Adjuster"].tolist()) == (num_classes == 2)
