import json

import numpy as np
import pytest
from safetensors import safe_open

from app.data.build import RECIPES
from app.data.bundled import FOLDER, SAMPLES, load
from app.errors import UserError
from app.longtail import class_counts

samples = pytest.mark.parametrize("name", SAMPLES)
fashion = pytest.mark.parametrize("name", ["fashion-lt", "fashion-lt-etf"])


def recalls(upload, rows):
    hits = upload.logits.argmax(axis=1) == upload.labels
    return np.array([hits[rows & (upload.labels == k)].mean() for k in range(10)])


def test_every_recipe_is_bundled():
    assert set(SAMPLES) >= set(RECIPES)


def test_unknown_sample_names_the_known_ones():
    with pytest.raises(UserError, match=r"fashion-lt, fashion-lt-etf.*got '\.\./x'"):
        load("../x")


@samples
def test_sample_is_complete_and_finite(name):
    upload = load(name)
    (rows, classes), dim = upload.logits.shape, upload.weights.shape[1]
    shapes = {
        "logits": (rows, classes),
        "labels": (rows,),
        "class_counts": (classes,),
        "split": (rows,),
        "weights": (classes, dim),
        "bias": (classes,),
        "features": (rows, dim),
        "class_means": (classes, dim),
        "class_spread": (classes,),
    }
    for field, shape in shapes.items():
        array = getattr(upload, field)
        assert array.shape == shape, field
        if array.dtype.kind == "f":
            assert np.isfinite(array).all(), field
    assert len(upload.class_names) == classes
    assert set(upload.split) == {"tune", "judge"}
    assert upload.notes == ()


@samples
def test_sample_says_where_it_comes_from(name):
    metadata = load(name).metadata
    for key in ("title", "licence", "provenance", "recipe", "torch", "built", "command"):
        assert metadata[key]
    assert (FOLDER / "LICENSE-fashion-mnist").is_file()
    assert (FOLDER / "README.md").is_file()


@samples
def test_logits_are_those_of_the_stored_features(name):
    with safe_open(SAMPLES[name], "numpy") as file:
        features, weights, bias, logits = (
            file.get_tensor(key) for key in ("features", "weights", "bias", "logits")
        )
    assert features.dtype == np.float16
    assert logits.dtype == np.float32
    expected = features.astype(float) @ weights.T.astype(float) + bias
    # A unit in the last place where the order of the sum decides a rounding.
    np.testing.assert_array_max_ulp(logits, expected.astype(np.float32), maxulp=1)


@fashion
def test_long_tail_and_splits(name):
    upload = load(name)
    recipe = json.loads(upload.metadata["recipe"])
    assert recipe == RECIPES[name].model_dump()
    np.testing.assert_array_equal(upload.class_counts, class_counts(10, 5000, 100))
    tune = upload.split == "tune"
    np.testing.assert_array_equal(np.bincount(upload.labels[tune]), 200)
    np.testing.assert_array_equal(np.bincount(upload.labels[~tune]), 1000)


@fashion
def test_measured_accuracy(name):
    upload = load(name)
    judge = recalls(upload, upload.split == "judge")
    assert float(upload.metadata["train_accuracy"]) > 0.99
    assert float(upload.metadata["test_accuracy"]) == pytest.approx(judge.mean())
    assert 0.80 < judge.mean() < 0.87
    # The two splits are drawn alike.
    assert recalls(upload, upload.split == "tune").mean() == pytest.approx(judge.mean(), abs=0.02)


def test_fixed_classifier_is_a_simplex_etf():
    weights = load("fashion-lt-etf").weights.astype(float)
    gram = np.full((10, 10), -1 / 9) + np.eye(10) * 10 / 9
    np.testing.assert_allclose(weights @ weights.T, gram, atol=1e-6)


def test_learned_classifier_prefers_the_head():
    norms = np.linalg.norm(load("fashion-lt").weights, axis=1)
    assert norms[:3].min() > norms[-3:].max()
