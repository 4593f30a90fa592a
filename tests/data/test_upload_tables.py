"""CSV and Parquet that are read, with the values that were written."""

import io

import numpy as np
import pyarrow as pa
import pytest

from app.data import UploadError
from tests.data import upload_files as make
from tests.data.accepted import NAMES, Y, Z, check_form, read


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


def test_a_table_column_can_be_refused():
    upload = read(make.csv(Z, Y), keys={"labels": None})
    assert upload.labels is None
    assert upload.logits.shape == Z.shape
    with pytest.raises(UploadError, match="of a table; got 'logits'"):
        read(make.csv(Z, Y), keys={"logits": "c0"})
