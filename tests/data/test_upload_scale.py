import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from app.data import Upload, UploadError, score_scale, to_logits

Z = 3 * np.random.default_rng(0).normal(size=(500, 20))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scales_are_told_apart(dtype):
    assert score_scale(Z.astype(dtype)) == "logits"
    assert score_scale(softmax(Z, axis=1).astype(dtype)) == "probabilities"
    assert score_scale(log_softmax(Z, axis=1).astype(dtype)) == "log-probabilities"
    assert score_scale((Z - Z.max()).astype(dtype)) == "logits"


def test_half_precision_probabilities_of_many_classes():
    many = np.random.default_rng(0).normal(size=(50, 1000))
    assert (
        score_scale(softmax(many, axis=1).astype(np.float16).astype(np.float32)) == "probabilities"
    )
    assert score_scale(log_softmax(many, axis=1).astype(np.float16)) == "log-probabilities"


def test_one_row_decides_against():
    mixed = softmax(Z, axis=1)
    mixed[-1] = Z[-1]
    assert score_scale(mixed) == "logits"
    assert score_scale(np.eye(3)) == "probabilities"


def test_large_scores_do_not_overflow():
    assert score_scale(np.array([[1e308, -1e308]])) == "logits"
    assert score_scale(np.array([[-1e308, -1e308]])) == "logits"


def test_conversions():
    upload = Upload("a", softmax(Z, axis=1).astype(np.float32))
    logs = to_logits(upload, "log")
    np.testing.assert_allclose(logs.logits, log_softmax(Z, axis=1), rtol=1e-5, atol=1e-5)
    assert logs.notes == ("Scores were replaced by their logarithms.",)
    centred = to_logits(logs, "center")
    np.testing.assert_allclose(centred.logits, Z - Z.mean(axis=1, keepdims=True), atol=1e-4)
    assert centred.logits.dtype == np.float32
    assert len(centred.notes) == 2
    assert to_logits(upload, "as-is") is upload


def test_zero_probabilities_are_raised_to_the_smallest():
    upload = to_logits(Upload("a", np.array([[0.0, 1.0], [0.25, 0.75]])), "log")
    np.testing.assert_allclose(upload.logits, np.log([[0.25, 1.0], [0.25, 0.75]]))
    assert "1 zeros were first raised to the smallest, 0.25." in upload.notes[0]


@pytest.mark.parametrize(
    ("scores", "how", "says"),
    [
        ([[-1.0, 2.0]], "log", "negative"),
        ([[0.0, 0.0]], "log", "all are 0"),
        ([[1.0, 2.0]], "exp", "as-is"),
        ([[1e308, 1e308]], "center", "must be finite"),
    ],
)
def test_impossible_conversions(scores, how, says):
    with pytest.raises(UploadError, match=says):
        to_logits(Upload("a", np.array(scores)), how)
