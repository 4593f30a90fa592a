"""The classifier that was reported is sent to /tune."""

import numpy as np
import pytest

from app.probe import ProbeSpec, run
from app.theory.spread import feature_spread
from app.ui.probe.upload import upload_of
from tests.pages.probe.page import ASKED, opened, texts


def test_what_is_sent_to_tune_is_the_classifier_that_was_reported(asked):
    data, last = asked
    found = upload_of(ASKED, data, last.arrays, "balanced-softmax", "mine")
    assert found.logits.shape == (12_000, 10)
    expected = found.features @ found.weights.T + found.bias
    np.testing.assert_allclose(found.logits, expected, atol=1e-4)
    judged = found.split == "judge"
    right = (found.logits.argmax(axis=1) == found.labels)[judged].mean()
    assert right == pytest.approx(last.metrics["balanced-softmax/accuracy"], abs=2e-4)
    np.testing.assert_array_equal(found.class_counts, data.class_counts)
    of_tail = data.train.features[data.train.labels == 9]
    np.testing.assert_allclose(found.class_means[9], of_tail.mean(axis=0), rtol=1e-4, atol=1e-5)
    spread = feature_spread(data.train.features, data.train.labels, 10)
    np.testing.assert_allclose(found.class_spread, spread)


def test_a_cosine_head_goes_with_features_of_length_one(asked):
    data, _ = asked
    spec = ProbeSpec(methods=("cosine", "disalign"), epochs=1, batch_size=512)
    *_, last = run(spec, data)
    found = upload_of(spec, data, last.arrays, "cosine", "mine")
    np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1, rtol=1e-5)
    expected = found.features @ found.weights.T + found.bias
    np.testing.assert_allclose(found.logits, expected, atol=1e-4)
    # The gate of DisAlign is not linear: there are no weights to normalise.
    assert upload_of(spec, data, last.arrays, "disalign", "mine").weights is None


def test_sending_opens_tune_with_the_data():
    app = opened()
    app.button(key="probe:send").click().run()
    assert not app.exception
    kept = app.session_state["tune:kept"]
    assert kept.upload.name == "fashion-lt, Balanced softmax"
    assert kept.key == f"probe:{ASKED.id}:balanced-softmax"
    assert app.session_state["tune:spec"].judge == "split"
    assert app.title[0].value == "Tune gamma"
    assert "12,000 samples, 10 classes" in texts(app)
    assert "sent from Linear probe" in texts(app)
