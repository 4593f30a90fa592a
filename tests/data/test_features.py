"""The bundled feature sets."""

import hashlib
import json

import numpy as np
import pytest
from safetensors import safe_open

from app.data.build.features import stage1_accuracy
from app.data.build.recipe import RECIPES, TEXT_RECIPES
from app.data.bundled import (
    DIGITS,
    FEATURE_FILES,
    FEATURE_FOLDER,
    FEATURE_SETS,
    load,
    load_features,
)
from app.errors import UserError
from app.longtail import class_counts, frequency_groups

sets = pytest.mark.parametrize("name", FEATURE_SETS)
files = pytest.mark.parametrize("name", FEATURE_FILES)
LICENCES = {"fashion-lt": "LICENSE-fashion-mnist", "cldr-lt": "LICENSE-unicode"}
SPLITS = {
    "cldr-lt": (10_847, 2_000, 5_000),
    "fashion-lt": (12_408, 2_000, 10_000),
    "kjv-books": (27_143, 1_058, 2_501),
    "digits-lt": (250, 200, 500),
}
MEASURED = {
    "cldr-lt": {"test": 0.523, "many": 0.791, "medium": 0.553, "few": 0.176},
    "fashion-lt": {"test": 0.845, "many": 0.842, "medium": 0.857},
    "kjv-books": {"test": 0.324, "many": 0.549, "medium": 0.084, "few": 0.0},
    "digits-lt": {"test": 0.736, "medium": 0.980, "few": 0.573},
}


def test_the_sets_of_the_notes_are_there():
    assert {"fashion-lt", "cldr-lt", "kjv-books", "digits-lt"} <= set(FEATURE_SETS)
    assert sum(path.stat().st_size for path in FEATURE_FILES.values()) < 13_000_000


def test_unknown_set_names_the_known_ones():
    with pytest.raises(UserError, match=r"cldr-lt, fashion-lt.*digits-lt; got '\.\./x'"):
        load_features("../x")


@sets
def test_set_is_complete_and_finite(name):
    found = load_features(name)
    size, dim = found.num_classes, found.dim
    assert found.name == name
    assert len(found.class_names) == size
    assert found.weights.shape == (size, dim)
    assert found.bias.shape == (size,)
    assert np.isfinite(found.weights).all()
    assert np.isfinite(found.bias).all()
    parts = (found.train, found.val, found.test)
    assert tuple(len(part.labels) for part in parts) == SPLITS[name]
    for part in parts:
        assert part.features.shape == (len(part.labels), dim)
        assert part.features.dtype == found.weights.dtype == np.float32
        assert part.labels.dtype == np.int64
        assert np.isfinite(part.features).all()
        assert (part.features >= 0).all()
        assert np.bincount(part.labels, minlength=size).min() >= 1
    np.testing.assert_array_equal(np.bincount(found.train.labels), found.class_counts)
    assert frequency_groups(found.class_counts).shape == (size,)


@sets
def test_features_are_those_stored_in_half_precision(name):
    for part in (load_features(name).train, load_features(name).test):
        np.testing.assert_array_equal(part.features, part.features.astype(np.float16))


@sets
def test_set_says_where_it_comes_from_and_how_good_it_is(name):
    found = load_features(name)
    for key in ("title", "licence", "provenance", "recipe", "numpy"):
        assert found.metadata[key]
    if name in LICENCES:
        assert LICENCES[name] in found.metadata["licence"]
        assert (FEATURE_FOLDER / LICENCES[name]).is_file()
    assert json.loads(found.metadata["recipe"])["seed"] == 0
    told = json.loads(found.metadata["accuracy"])
    assert told == pytest.approx(stage1_accuracy(found), abs=1e-6)
    # 100 digits make noise of another library version larger.
    tolerance = 0.05 if name == DIGITS else 0.001
    assert {k: told[k] for k in MEASURED[name]} == pytest.approx(MEASURED[name], abs=tolerance)
    assert told["train"] > 0.99
    assert found.notes == ()  # no column is constant


@files
def test_recipe_is_the_one_in_the_code(name):
    recipe = {**RECIPES, **TEXT_RECIPES}[name]
    assert json.loads(load_features(name).metadata["recipe"]) == json.loads(
        recipe.model_dump_json()
    )


@files
def test_files_store_half_precision_and_are_named_in_the_readme(name):
    with safe_open(FEATURE_FILES[name], "numpy") as file:
        assert file.get_tensor("train_features").dtype == np.float16
    told = (FEATURE_FOLDER / "README.md").read_text()
    digest = hashlib.sha256(FEATURE_FILES[name].read_bytes()).hexdigest()
    assert f"`{name}.safetensors`" in told
    assert digest[:16] in told


@sets
def test_no_row_is_in_two_splits(name):
    """Equal features would mean equal inputs, but for two texts of equal n-grams."""
    found = load_features(name)
    seen = [{row.tobytes() for row in p.features} for p in (found.train, found.val, found.test)]
    shared = len(seen[0] & seen[1]) + len(seen[0] & seen[2]) + len(seen[1] & seen[2])
    assert shared <= 2


def test_fashion_has_the_rows_and_the_classifier_of_its_sample():
    features, sample = load_features("fashion-lt"), load("fashion-lt")
    both = np.concatenate([features.val.features, features.test.features])
    np.testing.assert_array_equal(both, sample.features)
    labels = np.concatenate([features.val.labels, features.test.labels])
    np.testing.assert_array_equal(labels, sample.labels)
    np.testing.assert_array_equal(features.weights, sample.weights)
    np.testing.assert_array_equal(features.bias, sample.bias)
    np.testing.assert_array_equal(features.class_counts, sample.class_counts)
    assert features.class_names == sample.class_names


def test_cldr_has_the_counts_and_the_balanced_splits_of_cifar100_lt():
    found = load_features("cldr-lt")
    expected = [int(500 * 0.01 ** (k / 99)) for k in range(100)]
    np.testing.assert_array_equal(found.class_counts, expected)
    np.testing.assert_array_equal(np.bincount(found.val.labels), 20)
    np.testing.assert_array_equal(np.bincount(found.test.labels), 50)


def test_kjv_has_the_natural_tail_of_the_books():
    found = load_features("kjv-books")
    assert (found.num_classes, found.class_names[0]) == (66, "Genesis")
    assert found.class_names[found.class_counts.argmax()] == "Psalms"
    assert found.class_counts.min() == 7
    assert np.bincount(found.test.labels).max() == 50


def test_digits_are_made_alike_every_time():
    first, second = load_features(DIGITS), load_features(DIGITS)
    np.testing.assert_array_equal(first.train.features, second.train.features)
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.class_counts, class_counts(10, 100, 100))


@sets
def test_adjusting_by_the_prior_helps_the_tail(name):
    """What every such set has to show (Menon et al., 2021)."""
    found = load_features(name)
    logits = found.test.features @ found.weights.T + found.bias
    plain, adjusted = (
        np.mean([(guess[found.test.labels == k] == k).mean() for k in range(found.num_classes)])
        for guess in (logits.argmax(1), (logits - np.log(found.class_counts)).argmax(1))
    )
    assert adjusted > plain + 0.02
