"""A small upload, and the form that every upload has once it is read."""

import io

import numpy as np

from app.data import read_upload
from tests.data import upload_files as make

Z = make.logits(7, 4)
Y = np.array([0, 1, 2, 3, 0, 1, 2])
NAMES = np.array(["cat", "café", "<b>dog</b>", "=cmd|'/c calc'!A1"])
REST = {
    "class_counts": np.array([9, 5, 3, 1]),
    "weights": np.ones((4, 3), np.float32),
    "bias": np.arange(4.0),
    "features": np.ones((7, 3), np.float32),
    "class_means": np.ones((4, 3)),
    "class_spread": np.arange(4.0),
}


def read(data, name="a", **keywords):
    return read_upload(io.BytesIO(data), name, **keywords)


def check_form(upload):
    assert upload.logits.flags.c_contiguous
    assert upload.logits.flags.aligned
    assert upload.logits.flags.writeable
    assert upload.logits.dtype.isnative
    for array in (upload.labels, upload.class_counts):
        assert array is None or array.dtype == np.int64
