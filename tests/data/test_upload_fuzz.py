"""Damaged copies of good files give an upload or one sentence, and nothing else."""

import io
import resource
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.data import BROWSER, TEMPLATE_FORMATS, Upload, UploadError, read_upload, write_template
from tests.data import upload_files as make

SEEDS = {format_: [write_template(format_)] for format_ in TEMPLATE_FORMATS}
SEEDS["npz"].append(make.npz(z=make.logits(), y=np.array(list("abcabc"))))
SEEDS["npy"].append(make.npy(np.asfortranarray(make.logits().astype(">f2"))))
SEEDS["csv"].append(make.csv(make.logits(), header=False).replace(b",", b";").replace(b".", b","))
SEEDS["parquet"].append(
    make.parquet({"a": [1, 2], "b": [2, 3], "y": ["u", "v"]}, compression="zstd")
)
TOKENS = [
    b"\0",
    b"\xff" * 8,
    b"\n",
    b'"',
    b",",
    b";",
    b"nan",
    b"1e999",
    b"(",
    b"9" * 30,
    b"{",
    b"PK",
]
PEAK = 1.5e9
# What a child process would hide is to be seen here, and ten thousand forks take minutes.
HERE = replace(BROWSER, apart=False)


def byte(draw, data):
    at = draw(st.integers(0, len(data) - 1))
    return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]


def cut(draw, data):
    return data[: draw(st.integers(0, len(data) - 1))]


def insert(draw, data):
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.sampled_from(TOKENS) | st.binary(max_size=20)) + data[at:]


def drop(draw, data):
    at = draw(st.integers(0, len(data) - 1))
    return data[:at] + data[at + draw(st.integers(1, 40)) :]


def splice(draw, data):
    other = draw(st.sampled_from(SEEDS[draw(st.sampled_from(TEMPLATE_FORMATS))]))
    at, start = draw(st.integers(0, len(data))), draw(st.integers(0, len(other)))
    return data[:at] + other[start : start + draw(st.integers(0, 200))] + data[at:]


@st.composite
def damaged(draw, format_):
    data = draw(st.sampled_from(SEEDS[format_]))
    for change in draw(
        st.lists(st.sampled_from([byte, byte, cut, insert, drop, splice]), max_size=4)
    ):
        data = change(draw, data) if data else data
    return data


def outcome(data):
    start = time.process_time()
    try:
        upload = read_upload(io.BytesIO(data), "fuzz", limits=HERE)
    except UploadError as error:
        check_message(str(error))
        return
    finally:
        assert time.process_time() - start < 3
    check_upload(upload)


def check_message(message):
    assert message.startswith("fuzz: ")
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 300
    assert "allow_pickle" not in message


def check_upload(upload):
    assert isinstance(upload, Upload)
    rows, classes = upload.logits.shape
    assert rows >= 1
    assert classes >= 2
    assert np.isfinite(upload.logits).all()
    if upload.labels is not None:
        assert upload.labels.shape == (rows,)
        assert 0 <= upload.labels.min() <= upload.labels.max() < classes
    if upload.class_counts is not None:
        assert upload.class_counts.shape == (classes,)
        assert upload.class_counts.min() >= 1
    if upload.class_names is not None:
        assert len(upload.class_names) == classes
    if upload.split is not None:
        assert set(upload.split) <= {"tune", "judge"}


FOOTER = """
import io
from dataclasses import replace
from app.data import BROWSER, UploadError, read_upload, write_template
here = replace(BROWSER, apart=False)
data = write_template("parquet")
length = int.from_bytes(data[-8:-4], "little")
for at in range(len(data) - 8 - length, len(data) - 8):
    for flip in (1, 2, 255):
        try:
            damaged = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            read_upload(io.BytesIO(damaged), "x", limits=here)
        except UploadError:
            pass
"""


def test_no_damaged_parquet_footer_ends_the_process():
    """Unlike other damage, what pyarrow's metadata classes throw cannot be caught."""
    subprocess.run([sys.executable, "-c", FOOTER], check=True, timeout=60)


def fuzz(format_, examples):
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(format_))
    def run(data):
        outcome(data)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run()
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < PEAK


@pytest.mark.parametrize("format_", TEMPLATE_FORMATS)
def test_damaged_files(format_):
    fuzz(format_, 150)


@pytest.mark.slow
@pytest.mark.parametrize("format_", TEMPLATE_FORMATS)
def test_many_damaged_files(format_):
    fuzz(format_, 10_000)


@given(st.binary(max_size=200))
def test_noise(data):
    outcome(data)


@given(st.text(alphabet="0123456789.,;\n\t\"' -e\u0661abclabel", max_size=120))
def test_text_noise(text):
    outcome(text.encode())
