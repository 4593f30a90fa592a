"""Own features: what is accepted, and the one sentence that refuses the rest."""

import io
import json
import resource
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data import COMMAND_LINE, AmbiguousKeys, Limits, UploadError
from app.data.feature_file import read_features
from tests.data import upload_files as make

K, D = 3, 4
GENERATOR = np.random.default_rng(0)


def part(rows, classes=K, dim=D):
    labels = np.arange(rows) % classes
    return GENERATOR.normal(size=(rows, dim)).astype(np.float32), labels


TRAIN, VAL, TEST = part(9), part(3), part(6)


def arrays(**changes):
    """Arrays of a good file; None takes one away."""
    good = {
        "train_features": TRAIN[0],
        "train_labels": TRAIN[1],
        "test_features": TEST[0],
        "test_labels": TEST[1],
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def read(content, name="f", **options):
    return read_features(io.BytesIO(content), name, **options)


def refusal(content, **options):
    with pytest.raises(UploadError) as caught:
        read(content, **options)
    message = str(caught.value)
    assert message.startswith("f: ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("writer", ["npz", "safetensors", "pt"])
def test_every_format_is_read_alike(writer):
    held = arrays(val_features=VAL[0], val_labels=VAL[1])
    if writer == "pt":
        import torch

        content = make.pt({key: torch.from_numpy(value) for key, value in held.items()})
    else:
        content = getattr(make, writer)(**held)
    found = read(content)
    for rows, (features, labels) in zip(
        (found.train, found.val, found.test), (TRAIN, VAL, TEST), strict=True
    ):
        np.testing.assert_array_equal(rows.features, features)
        np.testing.assert_array_equal(rows.labels, labels)
        assert rows.features.dtype == np.float32
        assert rows.labels.dtype == np.int64
    np.testing.assert_array_equal(found.class_counts, [3, 3, 3])
    assert (found.num_classes, found.dim, found.name) == (K, D, "f")
    assert found.weights is found.bias is found.class_names is None
    assert found.notes == ()


def test_without_validation_rows():
    assert read(make.npz(**arrays())).val is None


@pytest.mark.parametrize(
    "names",
    [
        ("X_train", "y_train", "X_test", "y_test"),
        ("train_x", "train_y", "testing_feats", "testing_targets"),
        ("Features Train", "labels-train", "test embeddings", "TEST_TARGET"),
    ],
)
def test_other_usual_names(names):
    held = dict(zip(names, arrays().values(), strict=True))
    np.testing.assert_array_equal(read(make.npz(**held)).test.features, TEST[0])


def test_two_candidates_are_a_question():
    content = make.npz(**arrays(X_train=TRAIN[0] + 1))
    with pytest.raises(AmbiguousKeys) as caught:
        read(content)
    assert caught.value.role == "train_features"
    assert set(caught.value.candidates) == {"train_features", "X_train"}
    found = read(content, keys={"train_features": "X_train"})
    np.testing.assert_array_equal(found.train.features, TRAIN[0] + 1)


def test_any_array_can_be_chosen():
    content = make.npz(**arrays(train_features=None, layer4=TRAIN[0]))
    assert "train_features is needed; the file holds" in refusal(content)
    assert read(content, keys={"train_features": "layer4"}).dim == D


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"logits": "x"}, "keys may choose train_features"),
        ({"train_labels": "x"}, "the train_labels were asked from 'x', which is not there"),
    ],
)
def test_choices_that_do_not_exist(keys, message):
    assert message in refusal(make.npz(**arrays()), keys=keys)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int32, ">f4"])
def test_numbers_become_float32(dtype):
    features = TRAIN[0].astype(dtype)
    found = read(make.npz(**arrays(train_features=features)))
    np.testing.assert_array_equal(found.train.features, features.astype(np.float32))
    assert found.train.features.flags.c_contiguous
    assert found.train.features.dtype.isnative


def test_the_classifier_comes_along():
    weights, bias = GENERATOR.normal(size=(K, D)), np.arange(K)
    found = read(make.npz(**arrays(weights=weights, bias=bias)))
    np.testing.assert_array_equal(found.weights, weights.astype(np.float32))
    np.testing.assert_array_equal(found.bias, bias)
    assert found.bias.dtype == np.float32
    alone = read(make.npz(**{**arrays(), "fc.weight": weights}))
    np.testing.assert_array_equal(alone.bias, np.zeros(K))


def test_text_labels_are_numbered_in_alphabetical_order():
    names = np.array(["owl", "cat", "dog"])
    found = read(make.npz(**arrays(train_labels=names[TRAIN[1]], test_labels=names[TEST[1]])))
    assert found.class_names == ("cat", "dog", "owl")
    np.testing.assert_array_equal(found.test.labels, np.array([2, 0, 1])[TEST[1]])
    assert "numbered in alphabetical order" not in " ".join(found.notes)


def test_class_names_decide_the_order_of_text_labels():
    names = np.array(["owl", "cat", "dog"])
    held = arrays(train_labels=names[TRAIN[1]], test_labels=names[TEST[1]], class_names=names)
    np.testing.assert_array_equal(read(make.npz(**held)).test.labels, TEST[1])


def test_names_in_metadata():
    content = make.safetensors(
        {"class_names": json.dumps(["a", "b", "c"]), "title": "t"}, **arrays()
    )
    found = read(content)
    assert found.class_names == ("a", "b", "c")
    assert found.metadata == {"title": "t"}


def test_two_classes_and_one_row_a_class():
    one = (np.eye(2, dtype=np.float32), np.arange(2))
    held = dict(zip(arrays(), (*one, *one), strict=True))
    np.testing.assert_array_equal(read(make.npz(**held)).class_counts, [1, 1])


def test_more_columns_than_rows():
    features = GENERATOR.normal(size=(15, 50))
    held = arrays(train_features=features[:9], test_features=features[9:])
    assert read(make.npz(**held)).dim == 50


def test_constant_columns_are_told():
    features = TRAIN[0].copy()
    features[:, [1, 3]] = 7
    found = read(make.npz(**arrays(train_features=features)))
    assert found.dim == D
    assert found.notes == (
        "2 of 4 columns of the training features are constant, the first is column 1 (counted "
        "from 0); they were kept, but carry no information.",
    )


def with_value(array, value):
    changed = array.astype(np.float64)
    changed[2, 1] = value
    return changed


def zero(array):
    return np.zeros_like(array)


REFUSED = [
    ({"train_features": with_value(TRAIN[0], np.nan)}, "the training features must be finite"),
    ({"train_features": with_value(TRAIN[0], np.nan)}, "nan at row 2, column 1"),
    ({"test_features": with_value(TEST[0], np.inf)}, "the test features must be finite"),
    ({"test_features": with_value(TEST[0], 1e300)}, "the test features must be finite"),
    (
        {"train_features": with_value(TRAIN[0], -3e7)},
        "between -1,000,000 and 1,000,000; got -3e+07",
    ),
    ({"train_features": zero(TRAIN[0])}, "all 4 columns of the training features are constant"),
    ({"train_features": TRAIN[0][:, 0]}, "must be a 2-D array, rows x d; got shape 9."),
    ({"train_features": TRAIN[0][:0], "train_labels": TRAIN[1][:0]}, "must be a 2-D array"),
    ({"train_features": TRAIN[0][:, :0], "test_features": TEST[0][:, :0]}, "must be a 2-D array"),
    ({"train_features": np.full((9, 4), "a")}, "must be float16, float32"),
    ({"train_features": TRAIN[0].astype(complex)}, "must be float16, float32"),
    ({"test_features": TEST[0][:, :3]}, "one width d; got 'train_features' 4, 'test_features' 3"),
    ({"train_labels": TRAIN[1][:-1]}, "training rows: the labels must have one entry for each"),
    ({"test_labels": np.eye(3)[TEST[1]]}, "test rows: the labels must have one entry for each"),
    ({"test_labels": TEST[1] + 0.5}, "test rows: the labels must be whole numbers"),
    ({"test_labels": np.full(6, np.nan)}, "test rows: the labels must be whole numbers"),
    ({"train_labels": TRAIN[1] - 1}, "training rows: the labels must be 0 to"),
    ({"train_labels": TRAIN[1] + 10**9}, "training rows: the labels must be 0 to 9,999"),
    ({"train_labels": 0 * TRAIN[1], "test_labels": 0 * TEST[1]}, "at least 2 classes; got 1"),
    ({"train_labels": TRAIN[1] + 1, "test_labels": TEST[1] + 1}, "so subtract 1"),
    ({"train_labels": TRAIN[1] % 2}, "1 of 3 classes have no training row, the first is class 2"),
    ({"test_labels": TEST[1] % 2}, "1 of 3 classes have no test row, the first is class 2"),
    ({"test_labels": TEST[1] % 2}, "recall cannot be measured"),
    ({"train_labels": np.arange(9) * 900}, "of 7,201 classes have no training row"),
    ({"val_features": VAL[0]}, "val_labels is needed"),
    ({"val_labels": VAL[1]}, "val_features is needed"),
    ({"val_features": VAL[0], "val_labels": VAL[1] * 0}, "have no validation row"),
    ({"train_labels": None, "test_labels": None}, "train_labels, test_labels are needed"),
    ({"bias": np.zeros(3)}, "a bias needs the weights"),
    ({"weights": np.zeros((3, 5))}, "the weights must be 3 classes x 4 d; got shape 3 x 5"),
    ({"weights": np.zeros((2, 4))}, "training rows: the labels must be 0 to 1 for 2 classes"),
    ({"weights": np.zeros((3, 4)), "bias": np.zeros(2)}, "the bias must be 3 classes"),
    ({"weights": np.full((3, 4), np.nan)}, "the weights must be finite"),
    ({"class_names": np.array(["a", "b"])}, "training rows: the labels must be 0 to 1"),
    ({"class_names": np.array(["a", "b", "b"])}, "class_names must differ"),
    ({"class_names": np.arange(3)}, "class_names must be a list of texts; got numbers"),
    ({"class_names": np.array(list("abcd"))}, "class 3 ('d')"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_refused_in_one_sentence(changes, message):
    assert message in refusal(make.npz(**arrays(**changes)))


def test_a_class_only_the_test_rows_name():
    train, test = np.array(["a", "b", "c"])[TRAIN[1]], np.array(["a", "b", "x"])[TEST[1]]
    message = refusal(make.npz(**arrays(train_labels=train, test_labels=test)))
    assert "test rows: label 'x' in row 2" in message


def test_a_missing_text_label_is_found():
    names = np.array(["a", "b", "c"])[TRAIN[1]]
    names[4] = ""
    assert "label of row 4 (counted from 0) is missing" in refusal(
        make.npz(**arrays(train_labels=names))
    )


@pytest.mark.parametrize(
    "content",
    [
        make.npy(TRAIN[0]),
        make.csv(TRAIN[0], TRAIN[1]),
        make.parquet({"a": TRAIN[0][:, 0], "label": TRAIN[1]}),
    ],
)
def test_files_of_one_table_are_refused(content):
    assert "must come in one .npz, .safetensors or .pt file; got" in refusal(content)


def test_nothing_is_unpickled():
    objects = np.array([make.Payload()], dtype=object)
    assert "Python objects" in refusal(make.npz(**arrays(train_labels=objects)))
    assert "never opened" in refusal(make.pt({"train_features": make.Payload()}))
    refusal(make.pickled(make.Payload()))
    assert not make.CANARY.exists()


ADVICE = "keep fewer rows of the large classes, or fewer columns"


def declared(shape):
    """A safetensors file that declares features of a shape, and holds no byte of them."""
    size = 2 * shape[0] * shape[1]
    tensor = {"dtype": "F16", "shape": list(shape), "data_offsets": [0, size]}
    return make.safetensors_with_header({"train_features": tensor})


def test_a_million_rows_of_2048_are_refused_with_what_to_do():
    message = refusal(declared((10**6, 2048)))
    assert "1,000,000 x 2,048" in message
    assert "7,812 MB as float32; at most 800 MB is allowed" in message
    assert ADVICE in message


def test_so_are_they_when_the_file_is_really_there(tmp_path):
    """Four gigabytes of holes: nothing but the description is read."""
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.write(declared((10**6, 2048)))
        file.truncate(file.tell() + 2 * 10**6 * 2048)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UploadError, match="1,000,000 x 2,048") as caught:
        read_features(path, "x")
    assert ADVICE in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("writer", [make.npz, make.safetensors])
def test_a_file_over_the_limit_still_says_which_array_is_to_blame(writer):
    features = GENERATOR.normal(size=(100, 100)).astype(np.float16)
    content = writer(**arrays(train_features=features, train_labels=np.arange(100) % 3))
    message = refusal(content, limits=Limits(file_bytes=10_000, array_bytes=30_000))
    assert "'train_features' are 100 x 100 and all features take" in message


def test_too_many_columns_or_rows():
    assert "at most 16,384 columns" in refusal(declared((10, 20_000)))
    assert "at most 5,000,000 rows" in refusal(declared((6_000_000, 1)))


def test_the_command_line_may_ask_for_more():
    message = refusal(declared((10**6, 2048)), limits=COMMAND_LINE)
    assert "train_labels, test_features, test_labels are needed" in message


def test_a_large_file_of_other_arrays(tmp_path):
    path = tmp_path / "x"
    header = {"other": {"dtype": "F16", "shape": [300, 2**20], "data_offsets": [0, 600 * 2**20]}}
    with path.open("wb") as file:
        file.write(make.safetensors_with_header(header))
        file.truncate(file.tell() + 600 * 2**20)
    with pytest.raises(UploadError, match="at most 400 MB, got 600 MB; store features as float16"):
        read_features(path, "x")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_an_upload_error_or_harmless(data):
    writer = data.draw(st.sampled_from([make.npz, make.safetensors]))
    content = bytearray(writer(**arrays(weights=np.ones((K, D)))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 40))
    with suppress(UploadError):
        found = read(bytes(content[: len(content) - cut]))
        assert np.isfinite(found.train.features).all()
        assert (found.class_counts >= 1).all()
