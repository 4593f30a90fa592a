import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data import UploadError, parse_counts, read_counts
from tests.data import upload_files as make


@pytest.mark.parametrize(
    "text",
    [
        "500, 120, 40",
        "500 120 40",
        "500\n120\n40\n",
        "500;120;40",
        "500\t120\t40",
        "[500, 120, 40]",
        "\ufeff500.0,120.,+40",
        "cat,500\ndog,120\nfox,40",
        "cat: 500\r\ndog = 120\r\nfox\t40\r\n",
        "class,count\ncat,500\ndog,120\nfox,40",
        '"cat, large",500\ndog,120\nfox 2,40',
    ],
)
def test_ways_to_write_counts(text):
    counts = parse_counts(text, 3)
    assert counts.dtype == np.int64
    assert counts.tolist() == [500, 120, 40]


def test_names_give_the_order():
    text = "fox,40\ncat,500\ndog,120"
    assert parse_counts(text, 3, ["cat", "dog", "fox"]).tolist() == [500, 120, 40]
    with pytest.raises(UploadError, match="lack a line for class 'owl'"):
        parse_counts(text, 3, ["cat", "dog", "owl"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no class counts"),
        (" \n ", "no class counts"),
        ("1,2", "3 numbers, one for each class; got 2"),
        ("1,2,3,4", "got 4"),
        ("1,0,3", r"class 1 \(counted from 0\) has 0"),
        ("1,-2,3", "has -2"),
        ("1,2.5,3", "entry 2 is '2.5'"),
        ("1,x,3", "entry 2 is 'x'"),
        ("1,1e9999,3", "entry 2"),
        ("1,0x10,3", "entry 2 is '0x10'"),
        ("1,1_000,3", "entry 2 is '1_000'"),
        ("1,٣,3", "entry 2"),
        ("1,nan,3", "entry 2 is 'nan'"),
        ("1," + "9" * 5000 + ",3", "entry 2"),
        ("1,9999999999999,3", "1,000,000,000,000"),
        ("cat,1\ncat,2\ndog,3", "line 2 repeats the class 'cat'"),
        ("cat,1\ndog\nfox,3", "line 2 must be 'name, count'"),
        ("cat,1\ndog,many\nfox,3", "entry 2 is 'many'"),
        ("1," * 3_000_000, "may have 4,000,000 characters"),
        ("<script>alert(1)</script>", "entry 1|name, count"),
    ],
)
def test_bad_counts_are_named(text, says):
    with pytest.raises(UploadError, match=says) as caught:
        parse_counts(text, 3)
    assert len(str(caught.value)) < 300


@given(st.text(max_size=60), st.integers(1, 5))
def test_any_text_gives_counts_or_a_sentence(text, num_classes):
    try:
        counts = parse_counts(text, num_classes)
    except UploadError:
        return
    assert counts.shape == (num_classes,)
    assert counts.min() >= 1


@pytest.mark.parametrize(
    "data",
    [
        make.npy(np.array([5, 2, 1])),
        make.npy(np.array([5.0, 2.0, 1.0])),
        make.npz(cls_num_list=np.array([5, 2, 1]), other=np.array([1])),
        make.safetensors(counts=np.array([5, 2, 1])),
        b"5,2,1\n",
        b"a,5\nb,2\nc,1\n",
    ],
)
def test_counts_from_a_file(data):
    assert read_counts(io.BytesIO(data), "counts", 3).tolist() == [5, 2, 1]


def test_bad_counts_of_a_file_name_it():
    with pytest.raises(UploadError, match=r"n\.npy: the class counts must have one entry"):
        read_counts(io.BytesIO(make.npy(np.array([5, 2]))), "n.npy", 3)
