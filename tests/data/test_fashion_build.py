import gzip
import json

import numpy as np
import pytest
import torch

from app.data import build as build_package
from app.data.build import RECIPES, build
from app.data.build.container import to_bytes
from app.data.build.fashion import FOLDER, PACKAGE, read_fashion
from app.data.build.idx import ImageData, read_idx
from app.data.build.network import create_network
from app.data.build.sample import class_statistics, fit, make_features, make_sample, score
from app.data.build.split import long_tail_split, split_rows, truncated_tail
from app.data.build.train import normalise, train
from app.errors import UserError
from app.longtail import class_counts

TINY = {
    "head_count": 40,
    "imbalance_ratio": 4,
    "validation_per_class": 5,
    "width": 4,
    "dim": 12,
    "epochs": 2,
    "batch_size": 16,
}
tiny_recipes = pytest.mark.parametrize("name", RECIPES)


def tiny(name: str, **changes):
    return RECIPES[name].model_copy(update=TINY | changes)


def silent(share: float, text: str) -> None:
    pass


@pytest.fixture(scope="module")
def images() -> ImageData:
    """Three classes: a bright band at the top, in the middle or at the bottom."""
    generator = np.random.default_rng(0)

    def draw(per_class: int):
        labels = generator.permutation(np.repeat(np.arange(3), per_class))
        pictures = generator.integers(0, 60, (len(labels), 12, 12))
        for picture, label in zip(pictures, labels, strict=True):
            picture[4 * label : 4 * label + 4] += 150
        return pictures.astype(np.uint8), labels

    return ImageData(*draw(60), *draw(20), class_names=("top", "middle", "bottom"))


def write_idx(path, array, kind=0x08):
    head = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(head + array.tobytes()))


def test_idx_round_trip(tmp_path):
    expected = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / "a.gz", expected)
    np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), expected)


def test_idx_refuses_other_files(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(b"plain")
    with pytest.raises(UserError, match="gzip"):
        read_idx(path)
    write_idx(path, np.zeros(4, np.uint8), kind=0x0D)
    with pytest.raises(UserError, match="unsigned bytes"):
        read_idx(path)
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x05abc"))
    with pytest.raises(UserError, match=r"declares shape \(5,\), got 3"):
        read_idx(path)


def test_missing_data_names_the_package(tmp_path):
    with pytest.raises(UserError, match=f"apt install {PACKAGE}"):
        build("fashion-lt", source=tmp_path, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_unknown_name():
    with pytest.raises(
        UserError, match="cldr-lt, fashion-lt, fashion-lt-etf, kjv-books, got 'mnist'"
    ):
        build("mnist")


def test_split_is_disjoint_and_has_the_asked_counts():
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(4), 100))
    counts = class_counts(4, 80, 10)
    rows, held_out = long_tail_split(labels, counts, 20, seed=3)
    assert not set(rows) & set(held_out)
    assert len(set(rows)) == len(rows)
    np.testing.assert_array_equal(np.bincount(labels[rows]), counts)
    np.testing.assert_array_equal(np.bincount(labels[held_out]), 20)


def test_validation_rows_do_not_depend_on_the_imbalance():
    labels = np.repeat(np.arange(3), 50)
    splits = [long_tail_split(labels, class_counts(3, 30, ratio), 10, seed=0) for ratio in (1, 30)]
    np.testing.assert_array_equal(splits[0][1], splits[1][1])


def test_split_refuses_what_is_not_there():
    with pytest.raises(UserError, match=r"class 1 must have at least 3 .* got 5"):
        long_tail_split(np.repeat([0, 1], [9, 5]), np.array([5, 3]), 3, seed=0)


def test_every_part_of_a_split_is_disjoint_and_does_not_depend_on_later_parts():
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(4), [30, 20, 10, 9]))
    sizes = {"test": np.array([3, 3, 3, 2]), "val": np.array([2, 2, 1, 1])}
    first = split_rows(labels, sizes | {"train": np.array([25, 15, 6, 6])}, seed=2)
    for rows, wanted in zip(first, [*sizes.values(), [25, 15, 6, 6]], strict=True):
        np.testing.assert_array_equal(np.bincount(labels[rows]), wanted)
    assert len(set(np.concatenate(first))) == sum(map(len, first)) == 69
    second = split_rows(labels, sizes | {"train": np.array([5, 5, 5, 5])}, seed=2)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert not np.array_equal(first[0], split_rows(labels, sizes, seed=3)[0])


def test_truncated_tail_is_that_of_cifar100_lt():
    """Sums and groups of the published sets of ratio 100, 50 and 10."""
    sums = [int(truncated_tail(100, 500, ratio).sum()) for ratio in (100, 50, 10)]
    assert sums == [10_847, 12_608, 19_573]
    counts = truncated_tail(100, 500, 100)
    assert (counts[0], counts[-1]) == (500, 5)
    np.testing.assert_array_equal([(counts > 100).sum(), (counts < 20).sum()], [35, 30])


def test_class_statistics_use_the_labels():
    labels = np.array([1, 0, 1, 0])
    features = np.array([[2, 0], [0, 1], [4, 0], [0, 5]], dtype=np.float32)
    found = class_statistics(features, labels, 2)
    np.testing.assert_array_equal(found["class_means"], [[0, 3], [3, 0]])
    np.testing.assert_array_equal(found["class_spread"], [2, 1])


def test_normalise():
    grey = np.random.default_rng(0).integers(0, 256, (5, 6, 6)).astype(np.uint8)
    values = normalise(grey, grey)
    assert values.shape == (5, 1, 6, 6)
    assert values.mean().item() == pytest.approx(0, abs=1e-6)
    assert values.std(correction=0).item() == pytest.approx(1, abs=1e-5)


@tiny_recipes
def test_equal_recipes_give_equal_bytes(name, images):
    first, second = (make_sample(fit(tiny(name), images, silent)) for _ in range(2))
    assert to_bytes(first.arrays, first.metadata) == to_bytes(second.arrays, second.metadata)
    other = make_sample(fit(tiny(name, seed=1), images, silent))
    assert not np.array_equal(first.arrays["logits"], other.arrays["logits"])


@tiny_recipes
def test_building_leaves_global_state_alone(name, images):
    state, numpy_state = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    threads = torch.get_num_threads()
    make_sample(fit(tiny(name), images, silent))
    assert torch.equal(state, torch.random.get_rng_state())
    np.testing.assert_array_equal(numpy_state, np.random.get_state()[1])  # noqa: NPY002
    assert torch.get_num_threads() == threads


def test_the_network_learns_and_reports_progress(images):
    shares = []
    recipe = tiny("fashion-lt", epochs=12)
    sample = make_sample(fit(recipe, images, lambda share, text: shares.append(share)))
    assert float(sample.metadata["train_accuracy"]) > 0.95
    assert shares == pytest.approx(np.arange(1, 13) / 12)


def test_rows_are_the_validation_split_then_the_test_set(images):
    arrays = make_sample(fit(tiny("fashion-lt"), images, silent)).arrays
    np.testing.assert_array_equal(arrays["split"], [0] * 15 + [1] * 60)
    np.testing.assert_array_equal(arrays["labels"][:15], np.repeat([0, 1, 2], 5))
    np.testing.assert_array_equal(arrays["labels"][15:], images.test_labels)


def test_logits_are_those_of_the_network(images):
    recipe = tiny("fashion-lt")
    inputs = normalise(images.train_images, images.train_images)
    labels = torch.from_numpy(images.train_labels)
    network = train(recipe, inputs, labels, 3, silent)
    with torch.no_grad():
        features, logits = network(inputs)
    # Features are rounded to float16, 11 bits.
    np.testing.assert_allclose(score(network, features.numpy())["logits"], logits, atol=1e-2)


def test_frozen_classifier_stays_a_simplex_etf(images):
    recipe = tiny("fashion-lt-etf")
    before = create_network(recipe, 3).classifier
    arrays = make_sample(fit(recipe, images, silent)).arrays
    np.testing.assert_array_equal(arrays["weights"], before.weight)
    assert not np.array_equal(arrays["bias"], before.bias.detach())


def test_bytes_do_not_depend_on_the_order_of_metadata():
    array = {"b": np.arange(3), "a": np.eye(2, dtype=np.float32)}
    metadata = {letter: letter for letter in "abcdefgh"}
    reverse = dict(reversed(metadata.items()))
    assert to_bytes(array, metadata) == to_bytes(array, reverse)


def test_features_are_those_of_the_sample(images):
    fitted = fit(tiny("fashion-lt"), images, silent)
    sample, features = make_sample(fitted).arrays, make_features(fitted, "x")
    both = np.concatenate([features.val.features, features.test.features])
    np.testing.assert_array_equal(both, sample["features"].astype(np.float32))
    np.testing.assert_array_equal(features.weights, sample["weights"])
    np.testing.assert_array_equal(features.bias, sample["bias"])
    np.testing.assert_array_equal(np.bincount(features.train.labels), sample["class_counts"])
    means = [features.train.features[features.train.labels == k].mean(axis=0) for k in range(3)]
    np.testing.assert_allclose(means, sample["class_means"], rtol=2e-3, atol=1e-3)


def test_build_writes_readable_files(images, tmp_path, monkeypatch):
    from app.data.feature_file import read_features
    from app.data.read import read_upload

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.setitem(RECIPES, "fashion-lt", tiny("fashion-lt"))
    monkeypatch.setattr(build_package, "read_fashion", lambda source: images)
    sample, beside = build("fashion-lt", out=tmp_path / "deep" / "x.safetensors")
    assert {path.name for path in sample.parent.iterdir()} == {sample.name, beside.name}
    assert (sample.name, beside.name) == ("x.safetensors", "x-features.safetensors")
    upload, features = read_upload(sample, sample.name), read_features(beside, beside.name)
    assert upload.class_names == features.class_names == images.class_names
    assert upload.metadata["built"] == features.metadata["built"] == "1970-01-01"
    for metadata in (upload.metadata, features.metadata):
        assert json.loads(metadata["recipe"])["epochs"] == TINY["epochs"]


def test_a_sample_without_features_is_one_file(images, tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "fashion-lt-etf", tiny("fashion-lt-etf"))
    monkeypatch.setattr(build_package, "read_fashion", lambda source: images)
    assert build("fashion-lt-etf", out=tmp_path / "x") == (tmp_path / "x",)


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs the Debian package {PACKAGE}")
@tiny_recipes
def test_full_rebuild_agrees_with_the_shipped_sample(name, tmp_path):
    """Another machine or thread count rounds differently, so accuracies agree, bytes may not."""
    from app.data.bundled import load, load_features
    from app.data.feature_file import read_features
    from app.data.read import read_upload

    path, *beside = build(name, out=tmp_path / "x.safetensors")
    new, shipped = read_upload(path, path.name), load(name)
    np.testing.assert_array_equal(new.labels, shipped.labels)
    np.testing.assert_array_equal(new.class_counts, shipped.class_counts)
    for key, tolerance in (("train_accuracy", 2e-3), ("test_accuracy", 0.02)):
        assert float(new.metadata[key]) == pytest.approx(
            float(shipped.metadata[key]), abs=tolerance
        )
    for features in beside:
        told, expected = (
            json.loads(found.metadata["accuracy"])
            for found in (read_features(features, name), load_features(name))
        )
        assert told == pytest.approx(expected, abs=0.03)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs the Debian package {PACKAGE}")
def test_the_debian_package_holds_what_we_expect():
    data = read_fashion()
    assert data.train_images.shape == (60_000, 28, 28)
    assert data.test_images.shape == (10_000, 28, 28)
    np.testing.assert_array_equal(np.bincount(data.train_labels), 6_000)
    np.testing.assert_array_equal(np.bincount(data.test_labels), 1_000)
