"""Which array of a file is what: names, labels, splits."""

import numpy as np
import pytest

from app.data import UploadError
from tests.data import upload_files as make
from tests.data.accepted import NAMES, REST, Y, Z, read


@pytest.mark.parametrize("key", ["LOGITS", "Scores", "outputs", "z", "Z"])
@pytest.mark.parametrize("label", ["labels", "Targets", "Y", "y_true"])
def test_usual_names(key, label):
    upload = read(make.npz(**{key: Z, label: Y, "N": REST["class_counts"], "W": REST["weights"]}))
    np.testing.assert_array_equal(upload.labels, Y)
    np.testing.assert_array_equal(upload.class_counts, REST["class_counts"])
    np.testing.assert_array_equal(upload.weights, REST["weights"])
    assert upload.notes == ()


def test_odd_names_are_guessed_and_noted():
    upload = read(make.npz(arr_0=Z, arr_1=Y))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.notes == ("'arr_0' was read as the logits.", "'arr_1' was read as the labels.")


def test_labels_follow_the_chosen_logits():
    data = make.npz(val_logits=Z, test_logits=-Z, val_labels=Y, test_labels=Y[::-1].copy())
    np.testing.assert_array_equal(read(data, keys={"logits": "test_logits"}).labels, Y[::-1])


def test_a_role_can_be_refused():
    data = make.npz(logits=Z, labels=Y, weights=np.ones(7))
    assert read(data, keys={"weights": None}).weights is None
    assert read(make.npz(logits=Z, n=np.int64(7))).class_counts is None


@pytest.mark.parametrize("kind", ["U", "S", "int", "column"])
def test_labels_as_names(kind):
    labels = {"U": NAMES[Y], "S": np.char.encode(NAMES, "utf-8")[Y], "int": Y, "column": Y[:, None]}
    upload = read(make.npz(logits=Z, labels=labels[kind], class_names=NAMES))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.class_names == tuple(NAMES)


def test_labels_as_names_without_class_names():
    upload = read(make.npz(logits=Z, labels=np.array(["d", "c", "b", "a"])[Y]))
    assert upload.class_names == ("a", "b", "c", "d")
    np.testing.assert_array_equal(upload.labels, 3 - Y)
    assert "alphabetical" in upload.notes[0]


def test_labels_stored_as_decimals():
    upload = read(make.npz(logits=Z, labels=Y.astype(np.float32)))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.notes == ("The labels were whole numbers stored as decimals.",)


@pytest.mark.parametrize(
    ("split", "tune"),
    [
        (["val", "Valid", "validation", "tune", "DEV", "test", "judge"], 5),
        ([0, 0, 1, 1, 1, 1, 1], 2),
        (["0", "1", "1", "1", "1", "1", "1"], 1),
    ],
)
def test_split(split, tune):
    upload = read(make.npz(logits=Z, split=np.array(split)))
    assert upload.split.tolist() == ["tune"] * tune + ["judge"] * (7 - tune)


def test_training_rows_are_dropped():
    split = np.array(["train", "val", "test", "train", "val", "test", "test"])
    upload = read(make.npz(logits=Z, labels=Y, split=split, features=REST["features"]))
    keep = split != "train"
    np.testing.assert_array_equal(upload.logits, Z[keep])
    np.testing.assert_array_equal(upload.labels, Y[keep])
    assert upload.split.tolist() == ["tune", "judge", "tune", "judge", "judge"]
    assert len(upload.features) == 5
    assert upload.notes == ("2 rows of the training split were left out.",)


def test_half_precision_labels():
    np.testing.assert_array_equal(read(make.npz(logits=Z, y=Y.astype(np.float16))).labels, Y)
    with pytest.raises(UploadError, match=r"entry 2 .* is inf"):
        read(make.npz(logits=Z, y=np.where(Y == 2, np.inf, Y).astype(np.float16)))
