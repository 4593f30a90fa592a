"""Files that are read, with the values that were written."""

import io
import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from app.data import COMMAND_LINE, TEMPLATE_FORMATS, UploadError, read_upload, write_template
from app.data.templates import CLASS_COUNTS, CLASS_NAMES
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


def torch_file(**arrays):
    import torch

    return make.pt({k: torch.from_numpy(v) for k, v in arrays.items()})


@pytest.mark.parametrize("write", [make.npz, make.safetensors, torch_file])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64])
def test_archives_keep_every_value(write, dtype):
    scores = (10 * Z).astype(dtype)
    upload = read(write(logits=scores, labels=Y, **REST))
    assert upload.logits.dtype == (np.float64 if scores.itemsize == 8 else np.float32)
    np.testing.assert_array_equal(upload.logits, scores)
    np.testing.assert_array_equal(upload.labels, Y)
    for role, array in REST.items():
        np.testing.assert_array_equal(getattr(upload, role), array)
    assert any("converted" in note for note in upload.notes) == (
        dtype not in (np.float32, np.float64)
    )
    check_form(upload)


def check_form(upload):
    assert upload.logits.flags.c_contiguous
    assert upload.logits.flags.aligned
    assert upload.logits.flags.writeable
    assert upload.logits.dtype.isnative
    for array in (upload.labels, upload.class_counts):
        assert array is None or array.dtype == np.int64


@pytest.mark.parametrize("write", [make.npy, lambda z: make.npz(logits=z)])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda z: z.astype(">f4"), "big-endian"),
        (lambda z: z.astype(">f8"), "big-endian"),
        (np.asfortranarray, "Fortran"),
        (lambda z: np.asfortranarray(z.astype(">f2")), "float16 to float32"),
        (lambda z: np.asfortranarray(z.astype("u1")), "uint8 to float32"),
    ],
)
def test_byte_and_memory_order(write, change, says):
    upload = read(write(change(Z)))
    np.testing.assert_array_equal(upload.logits, change(Z).astype(upload.logits.dtype))
    assert any(says in note for note in upload.notes)
    check_form(upload)


def test_plain_arrays_need_no_note():
    assert read(make.npy(Z), "a.npy").notes == ()
    assert read(make.npy(Z), "a.npy").format == "npy"
    np.testing.assert_array_equal(read(make.npy(Z[:1])).logits, Z[:1])


def test_compressed_npz():
    out = io.BytesIO()
    np.savez_compressed(out, logits=Z, y=Y)
    np.testing.assert_array_equal(read(out.getvalue()).logits, Z)


def test_paths_are_read(tmp_path):
    for format_ in TEMPLATE_FORMATS:
        path = tmp_path / f"file.{format_}"
        path.write_bytes(write_template(format_))
        assert read_upload(path, "x", limits=COMMAND_LINE).logits.shape == (12, 4)
        assert read_upload(str(path), "x").logits.shape == (12, 4)
        with path.open("rb") as file:
            assert read_upload(file, "x").logits.shape == (12, 4)
        path.unlink()


@pytest.mark.parametrize("format_", TEMPLATE_FORMATS)
def test_templates_round_trip(format_):
    upload = read(write_template(format_), f"logits.{format_}")
    assert upload.format == format_
    assert upload.notes == ()
    assert upload.logits.shape == (12, 4)
    np.testing.assert_allclose(upload.logits, read(write_template("npy")).logits, rtol=1e-6)
    if format_ == "npy":
        return
    assert upload.class_names == CLASS_NAMES
    assert np.bincount(upload.labels).tolist() == [5, 3, 2, 2]
    assert upload.split.tolist() == ["tune", "judge"] * 6
    if format_ == "csv":
        assert upload.class_counts is None
    else:
        assert upload.class_counts.tolist() == list(CLASS_COUNTS)
    assert write_template(format_) == write_template(format_) or format_ == "pt"


def test_unknown_template():
    with pytest.raises(UploadError, match=r"must be one of npz, npy.*got 'xlsx'"):
        write_template("xlsx")


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


def test_bfloat16():
    import torch

    tensor = torch.tensor(Z).bfloat16()
    upload = read(make.pt({"logits": tensor}))
    np.testing.assert_array_equal(upload.logits, tensor.float().numpy())
    assert upload.notes == ("bfloat16 values were converted to float32.",)
    from safetensors.torch import save

    np.testing.assert_array_equal(read(save({"logits": tensor})).logits, upload.logits)


def test_one_tensor_and_parameters():
    import torch

    np.testing.assert_array_equal(read(make.pt(torch.tensor(Z))).logits, Z)
    upload = read(make.pt({"logits": torch.nn.Parameter(torch.tensor(Z)), "epoch": 3}))
    np.testing.assert_array_equal(upload.logits, Z)
    assert upload.notes == ("'epoch' was left out: it is neither a tensor nor a list of text.",)
    np.testing.assert_array_equal(read(make.pt(torch.tensor(Z).T.contiguous().T)).logits, Z)


def test_metadata_is_kept_short():
    metadata = {"model": "resnet", "note": "x" * 5000, "class_names": json.dumps(list(NAMES))}
    upload = read(make.safetensors(metadata, logits=Z))
    assert upload.class_names == tuple(NAMES)
    assert upload.metadata["model"] == "resnet"
    assert len(upload.metadata["note"]) == 1000


# ----------------------------------------------------------------------------- tables


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_values(end, mark):
    upload = read(mark + make.csv(Z, Y, end=end), "a.csv")
    assert upload.logits.dtype == np.float64
    np.testing.assert_array_equal(upload.logits, Z.astype(float))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.class_names == ("c0", "c1", "c2", "c3")
    assert upload.notes == ()
    check_form(upload)


def test_csv_without_last_line_end():
    np.testing.assert_array_equal(read(make.csv(Z, Y).rstrip()).labels, Y)


def test_csv_without_header():
    upload = read(make.csv(Z, Y, header=False))
    np.testing.assert_array_equal(upload.logits, Z.astype(float))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.class_names is None
    assert upload.notes == ("No header was found; labels: in column 5.",)
    assert read(make.csv(Z, header=False)).labels is None


def test_csv_without_header_of_integers_asks():
    data = b"1,2,0\n0,1,1\n"
    with pytest.raises(UploadError, match=r"labels could be 'column 1', 'column 3'"):
        read(data)
    assert read(data, keys={"labels": "column 3"}).labels.tolist() == [0, 1]
    assert read(data, keys={"labels": None}).logits.shape == (2, 3)


def test_csv_names_without_header():
    upload = read(b"0.5,1.5,cat\n1.5,0.5,dog\n")
    assert (upload.class_names, upload.labels.tolist()) == (("cat", "dog"), [0, 1])


def test_csv_label_names_and_quotes():
    head = ",".join('"' + name.replace('"', '""') + '"' for name in NAMES)
    rows = "".join(f'{i},1,2,"3.5",{NAMES[i]}\n' for i in range(4))
    upload = read(f'{head},"Label"\n{rows}'.encode())
    assert upload.class_names == tuple(NAMES)
    assert upload.labels.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(upload.logits[:, 3], 3.5)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_decimal_commas(separator):
    lines = [["a", "b", "label"], ["1,5", "-2", "0"], ["1e1", "2,25", "1"]]
    upload = read("\n".join(separator.join(line) for line in lines).encode())
    np.testing.assert_array_equal(upload.logits, [[1.5, -2], [10, 2.25]])
    assert "decimal commas" in upload.notes[0]
    quoted = read(b'a,b,label\n"1,5","2,5",0\n1,2,1\n')
    np.testing.assert_array_equal(quoted.logits, [[1.5, 2.5], [1, 2]])


def test_csv_from_pandas():
    import pandas as pd

    frame = pd.DataFrame(Z.astype(float))
    frame["label"] = Y
    upload = read(frame.to_csv().encode())
    np.testing.assert_array_equal(upload.logits, Z.astype(float))
    assert upload.class_names is None
    assert upload.notes == ("Column '' was taken as a row number and left out.",)
    np.testing.assert_array_equal(read(frame[[0, 1, 2, 3]].to_csv(index=False).encode()).logits, Z)


def test_csv_numbered_columns_win():
    upload = read(b"logit_0,logit_1,conf,y,split\n1,2,9,0,val\n3,4,9,1,test\n")
    np.testing.assert_array_equal(upload.logits, [[1, 2], [3, 4]])
    assert upload.split.tolist() == ["tune", "judge"]
    assert upload.notes == ("Columns left out: 'conf'.",)


def test_csv_labels_are_looked_up_in_numeric_names():
    upload = read(b"3,5,7,label\n1,2,3,7\n1,2,3,3\n")
    assert (upload.class_names, upload.labels.tolist()) == (("3", "5", "7"), [2, 0])


def test_csv_over_several_blocks(monkeypatch):
    from app.data.formats import delimited

    monkeypatch.setattr(delimited, "_BLOCK", 500)
    scores, labels = make.logits(300, 4), np.arange(300) % 4
    upload = read(make.csv(scores, labels))
    np.testing.assert_array_equal(upload.logits, scores.astype(float))
    np.testing.assert_array_equal(upload.labels, labels)
    lines = make.csv(scores, labels).split(b"\n")
    lines[250] = b"1,2,oops,4,0"
    with pytest.raises(UploadError, match=r"line 251, column 'c2': 'oops'"):
        read(b"\n".join(lines))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_parquet_values(dtype):
    scores = (10 * Z).astype(dtype)
    columns = {name: scores[:, k] for k, name in enumerate(NAMES)} | {"label": NAMES[Y]}
    upload = read(make.parquet(columns, row_group_size=3), "a.parquet")
    np.testing.assert_array_equal(upload.logits, scores.astype(upload.logits.dtype))
    np.testing.assert_array_equal(upload.labels, Y)
    assert upload.class_names == tuple(NAMES)
    check_form(upload)


def test_parquet_from_pandas_with_categories():
    import pandas as pd

    frame = pd.DataFrame(Z, columns=list("abcd"), index=np.arange(10, 17))
    frame["target"] = pd.Categorical.from_codes(Y, categories=list("abcd"))
    frame["file"] = "x.jpg"
    out = io.BytesIO()
    frame.to_parquet(out)
    upload = read(out.getvalue())
    np.testing.assert_array_equal(upload.logits, Z)
    np.testing.assert_array_equal(upload.labels, Y)
    assert any("row number" in note for note in upload.notes)
    assert any("'file'" in note for note in upload.notes)


def test_parquet_dictionary_scores():
    table = pa.table({"a": pa.array([1.0, 2.0]), "b": pa.array([3, 4]), "y": pa.array([0, 1])})
    np.testing.assert_array_equal(read(make.parquet(table)).logits, [[1, 3], [2, 4]])


# ------------------------------------------------------------------------ second file


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


def test_a_table_column_can_be_refused():
    upload = read(make.csv(Z, Y), keys={"labels": None})
    assert upload.labels is None
    assert upload.logits.shape == Z.shape
    with pytest.raises(UploadError, match="of a table; got 'logits'"):
        read(make.csv(Z, Y), keys={"logits": "c0"})


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


def test_reading_leaves_the_file_as_it_was():
    file = io.BytesIO(make.npz(logits=Z))
    file.seek(5)
    before = file.getvalue()
    read_upload(file, "a")
    assert file.tell() == 5
    assert file.getvalue() is before


def test_importing_the_package_is_light():
    code = (
        "import sys, app.data; "
        "print([m for m in ('torch','pyarrow','pandas','safetensors','streamlit','scipy') "
        "if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
