"""Labels from a file of their own."""

import io

import numpy as np
import pytest

from app.data import UploadError
from tests.data import upload_files as make
from tests.data.accepted import NAMES, Y, Z, check_form, read


def second(data, **keywords):
    keywords |= {"labels_file": io.BytesIO(data), "labels_name": "y.bin"}
    return read(make.npz(logits=Z, class_names=NAMES), **keywords)


@pytest.mark.parametrize(
    "data",
    [
        make.npy(Y),
        make.npz(y=Y),
        make.npz(anything=Y),
        make.safetensors(labels=Y),
        "\n".join(map(str, Y)).encode(),
        ("label\r\n" + "\r\n".join(map(str, Y)) + "\r\n").encode(),
        ("file,target\n" + "\n".join(f"x{y}.jpg,{y}" for y in Y)).encode(),
        "\n".join(NAMES[Y]).encode(),
        make.npy(NAMES[Y]),
    ],
)
def test_labels_from_a_second_file(data):
    upload = second(data)
    np.testing.assert_array_equal(upload.labels, Y)
    check_form(upload)


def test_choosing_in_the_second_file():
    data = make.npz(a=Y, b=Y[::-1].copy())
    np.testing.assert_array_equal(second(data, keys={"labels": "b"}).labels, Y[::-1])
    table = make.csv(Z, np.zeros(7, int))
    upload = read(table, labels_file=io.BytesIO(data), keys={"labels": "a"})
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.logits.shape == Z.shape


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (make.npy(Y[:3]), "one entry for each of the 7 rows; got shape 3"),
        (b"0\n1\n", "7 rows; got shape 2"),
        (b"", "empty"),
        (make.npy(np.array([make.Payload()], dtype=object)), "object arrays"),
        (make.npz(a=Y, b=Y), "choose one"),
        (make.npy(Z), "no 1-D array"),
        (b"a,b\n1,2\n", "one column named label"),
        (b"0\n1,2\n", "line 2 has 2 cells"),
        (b"0\n\xff\n", "line 2 is not UTF-8"),
        (b"0\n" + b"x" * 300, "line 2 has a label over 200"),
        (make.parquet({"label": Y}), "Parquet"),
    ],
)
def test_bad_second_files_are_named(data, says):
    with pytest.raises(UploadError, match=says) as caught:
        second(data)
    assert str(caught.value).startswith("y.bin: ")
