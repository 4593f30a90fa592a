"""Files that are broken, absurd or malicious, and what the sentence about each has to say.

One table for all who attack with it: the readers in this process, and a live server
(``python -m tests.attack``). The numbers are those of the rows of hostile inputs that the app was
designed against; names without a number came later.
"""

import io
import json
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.data import upload_files as make

Z = make.logits()
Y = np.array([0, 1, 2, 0, 1, 2])
OBJECTS = np.array([make.Payload()], dtype=object)
LIES = "{'descr': '<f8', 'fortran_order': False, 'shape': (65536, 65536), }\n"


def npz_with(**changes):
    return make.npz(**{"logits": Z, "labels": Y, **changes})


def bomb():
    """A gigabyte of zeros in a megabyte, packed once and repeated."""
    block, head = bytes(2**24), make.npy_claiming((131072, 1024))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    body = start + packed * 64 + packer.flush()
    sizes = (zlib.crc32(head), len(body), len(head) + 64 * len(block))
    name = b"logits.npy"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *sizes, len(name), 0) + name
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sizes, len(name), *[0] * 6
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) + 10, len(local + body), 0)
    return local + body + entry + name + end


def small_bomb():
    """Forty megabytes of zeros in forty kilobytes: within the total, absurd by its ratio."""
    return make.archive(
        [("logits.npy", make.npy(np.zeros((10_000, 1000), np.float32)))], zipfile.ZIP_DEFLATED
    )


def lying_size():
    """The directory declares less than the member unpacks to."""
    data = bytearray(make.archive([("logits.npy", make.npy(Z))], zipfile.ZIP_DEFLATED))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 150)
    return bytes(data)


def encrypted():
    data = bytearray(make.npz(logits=Z))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def bad_checksum():
    data = bytearray(make.npz(logits=Z))
    data[data.index(b"\x93NUMPY") + 140] ^= 0xFF
    return bytes(data)


def duplicated():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make.archive([("logits.npy", make.npy(Z)), ("logits.npy", make.npy(-Z))])


def many_entries():
    """A directory of millions of entries, which Python would turn into objects before counting."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[20] * 2, *[0] * 4, *[0] * 3, *[0] * 5, 0, 0)
    directory = entry * 500_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 4, 0)
    return b"PK\x03\x04" + directory + end


def wide_csv(columns):
    return ",".join(f"c{i}" for i in range(columns)).encode() + b"\n" + b"1," * columns


def parquet_zeros():
    return make.parquet({f"c{i}": np.zeros(2_000_000) for i in range(60)})


def parquet_page():
    """An honest footer over a page that unpacks to 64 MB."""
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    large = {"data_page_size": 2**30, "max_rows_per_page": 2**30, "row_group_size": 2**30}
    zeros = make.parquet({"a": np.zeros(2**23)}, **options, **large)
    where = pq.ParquetFile(io.BytesIO(zeros)).metadata.row_group(0).column(0)
    page = zeros[where.data_page_offset :][: where.total_compressed_size]
    noise = np.random.default_rng(0).normal(size=(2, 20_000))
    small = bytearray(make.parquet({"a": noise[0], "b": noise[1]}, **options))
    at = pq.ParquetFile(io.BytesIO(small)).metadata.row_group(0).column(0).data_page_offset
    small[at : at + len(page)] = page
    return bytes(small)


def parquet_texts():
    """A label column of two megabytes that is 20 GB once written out."""
    codes = pa.array(np.zeros(200_000, np.int32))
    words = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 100_000]))
    zeros = np.zeros(200_000, np.float32)
    return make.parquet(pa.table({"a": zeros, "b": zeros, "label": words}))


def parquet_footer(length):
    data = bytearray(make.parquet({"a": [1.0], "b": [2.0]}))
    struct.pack_into("<I", data, len(data) - 8, length)
    return bytes(data)


def tensor_header(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def two_tensors(first, second, size):
    header = {"logits": tensor_header([2, 2], *first), "labels": tensor_header([2, 2], *second)}
    return make.safetensors_with_header(header, bytes(size))


def expanded():
    import torch

    return make.pt({"logits": torch.zeros(1).expand(100_000, 100_000)})


def sliced():
    import torch

    return make.pt({"logits": torch.zeros(100, 4)[:10]})


def torch_lies():
    import torch

    data = make.pt({"logits": torch.zeros(4, 3)})
    return make.edited_pt(data, lambda p: p.replace(b"K\x0c", b"M\xff\xff"))


def torch_packed():
    import torch

    return make.edited_pt(make.pt({"logits": torch.zeros(4, 3)}), bytes, zipfile.ZIP_DEFLATED)


def torch_pickle(body):
    import torch

    return make.edited_pt(make.pt({"logits": torch.zeros(4, 3)}), lambda _: body)


def torch_legacy():
    import torch

    out = io.BytesIO()
    torch.save({"logits": torch.zeros(4, 3)}, out, _use_new_zipfile_serialization=False)
    return out.getvalue()


def torch_sparse():
    import torch

    return make.pt({"logits": torch.eye(4).to_sparse()})


CSV = make.csv(Z, Y)
NAN = np.where(np.arange(18).reshape(6, 3) == 7, np.nan, Z)

# name: (bytes, or what makes them; what the sentence has to say)
CASES = {
    "1 npy of objects": (make.npy(OBJECTS), "object arrays are not accepted"),
    "2 pickle renamed": (make.pickled({"logits": [1]}), "pickle"),
    "2 pickle protocol 0": (make.pickled({"logits": [1]}, 0), "not a finite decimal number"),
    "3 npz of objects": (lambda: npz_with(extra=OBJECTS), "extra.npy.*object"),
    "4 npy of 32 GiB": (make.npy_with_header(LIES), "declares 65,536 x 65,536.*holds 0"),
    "4 npz of 32 GiB": (
        make.archive([("logits.npy", make.npy_with_header(LIES))]),
        "declares 65,536 x 65,536",
    ),
    "5 overflowing shape": (make.npy_claiming((2**40, 2**40)), "declares"),
    "5 huge shape times zero": (make.npy_claiming((2**62, 0)), "at least 1 row and 2 classes"),
    "6 negative shape": (make.npy_claiming((-1, 3)), "impossible shape"),
    "7 header of 2 GiB": (
        make.npy_with_header("{}", version=2, length=2**31 - 1),
        "header of 2,147,483,647 bytes",
    ),
    "8 nested header": (make.npy_with_header("(" * 4000 + ")" * 4000), "damaged .npy header"),
    "8 header is code": (make.npy_with_header("__import__('os').abort()"), "damaged .npy header"),
    "9 cut data": (make.npy(np.zeros((100, 100)))[:328], "declares 100 x 100.*holds 25"),
    "10 trailing bytes": (make.npy(Z) + b"tail", "followed by 4 bytes"),
    "11 records": (make.npy(np.zeros(3, [("a", "f4"), ("b", "i4")])), "records"),
    "11 records version 3": (
        make.npy_with_header(
            "{'descr': [('é', '<f4')], 'fortran_order': False, 'shape': (0,), }\n", version=3
        ),
        "records",
    ),
    "12 complex": (make.npy(Z.astype(complex)), "complex"),
    "12 boolean": (make.npy(Z > 0), "bool"),
    "12 dates": (make.npy(np.zeros((3, 3), "M8[s]")), "datetime"),
    "12 long double": (make.npy(Z.astype(np.longdouble)), "float16, float32, float64"),
    "12 text": (make.npy(Z.astype(str)), "float16, float32, float64"),
    "13 scalar": (make.npy(np.float32(1)), "2-D.*0-D"),
    "13 one dimension": (make.npy(Z[0]), r"2-D.*1-D \(3\)"),
    "13 three dimensions": (make.npy(Z[None]), "3-D"),
    "15 no rows": (make.npy(Z[:0]), "at least 1 row"),
    "15 one class": (make.npy(Z[:, :1]), "2 classes"),
    "15 too many classes": (make.npy(np.zeros((1, 10_001), np.float16)), "at most 10,000 classes"),
    "15 too many rows": (make.npy(np.zeros((5_000_001, 2), np.int8)), "at most 5,000,000 rows"),
    "16 nan": (make.npy(NAN), "1 of 18.*nan at row 2, column 1"),
    "16 minus infinity": (make.npy(np.where(Z.max() == Z, -np.inf, Z)), "1 of 18.*-inf"),
    "16 nan and names": (
        lambda: npz_with(logits=NAN, class_names=np.array(["a", "b", "<b>"])),
        r"row 2, column 1 \('b'\)",
    ),
    "17 label too large": (lambda: npz_with(labels=Y + 5), "labels must be 0 to 2.*5 in row 0"),
    "17 labels from one": (lambda: npz_with(labels=Y + 1), "subtract 1"),
    "17 label negative": (lambda: npz_with(labels=Y - 1), "-1 in row 0"),
    "17 label fraction": (lambda: npz_with(labels=Y + 0.5), "whole numbers; entry 0.*0.5"),
    "17 label nan": (lambda: npz_with(labels=np.where(Y == 1, np.nan, Y)), "entry 1.*nan"),
    "17 label uint64": (lambda: npz_with(labels=np.full(6, 2**64 - 1, np.uint64)), "whole numbers"),
    "17 labels short": (lambda: npz_with(labels=Y[:4]), "6 rows; got shape 4"),
    "17 labels one-hot": (lambda: npz_with(labels=np.eye(3)[Y]), "one-hot"),
    "17 transposed": (lambda: npz_with(logits=Z.T.copy(), labels=Y), "transposed"),
    "17 labels complex": (lambda: npz_with(labels=Y * 1j), "whole numbers; got 'complex128'"),
    "17 too few names": (lambda: npz_with(labels=np.array(list("aabbaa"))), "2 different texts"),
    "17 unknown name": (
        lambda: npz_with(labels=np.array(list("abcabd")), class_names=np.array(list("abc"))),
        "label 'd' in row 5",
    ),
    "17 bad unicode": (
        lambda: npz_with(labels=np.full(6, 0x7FFFFFFF, np.int32).view("U1")),
        "not valid Unicode",
    ),
    "17 bad utf-8": (lambda: npz_with(labels=np.array([b"\xff"] * 6)), "not valid Unicode"),
    "17 names repeated": (lambda: npz_with(class_names=np.array(list("aab"))), "'a' came twice"),
    "17 names too few": (lambda: npz_with(class_names=np.array(list("ab"))), "3 entries; got 2"),
    "17 names too long": (lambda: npz_with(class_names=np.array(["a" * 900, "b", "c"])), "200"),
    "17 names control": (lambda: npz_with(class_names=np.array(["a\n", "b\x07c", "d"])), "control"),
    "18 count zero": (lambda: npz_with(counts=np.array([5, 0, 1])), "class 1 .*has 0"),
    "18 count negative": (lambda: npz_with(counts=np.array([5, -2, 1])), "has -2"),
    "18 count fraction": (lambda: npz_with(counts=np.array([5, 2.5, 1])), "entry 1.*2.5"),
    "18 counts short": (lambda: npz_with(counts=np.array([5, 2])), "3 classes; got 2"),
    "18 count infinite": (lambda: npz_with(counts=np.array([np.inf, 1, 1])), "entry 0.*inf"),
    "18 count absurd": (lambda: npz_with(counts=np.array([2**60, 1, 1])), "1,000,000,000,000"),
    "19 zip bomb": (bomb, "unpacks to 1,024 MB"),
    "19 zip bomb by ratio": (small_bomb, "at most 200 times"),
    "19 more bytes than declared": (lying_size, "declares|damaged|cut"),
    "20 member declares 2e9": (
        make.archive([("logits.npy", make.npy_claiming((2 * 10**9, 2)))]),
        "declares 2,000,000,000 x 2.*holds 0",
    ),
    "21 too many members": (
        lambda: make.archive([(f"{i}.npy", b"") for i in range(20_000)]),
        "20,000 members; at most 32",
    ),
    "21 huge directory": (many_entries, "list of members is too long"),
    "22 duplicate members": (duplicated, "two members named 'logits.npy'"),
    "22 duplicate keys": (
        make.archive([("logits.npy", make.npy(Z)), ("logits", make.npy(Z))]),
        "same name",
    ),
    "24 member not npy": (
        make.archive([("logits.npy", make.npy(Z)), ("read.me", b"hello world")]),
        "'read.me' is not a NumPy array",
    ),
    "24 empty archive": (make.archive([]), "empty"),
    "24 excel": (make.archive([("[Content_Types].xml", b"")]), "Excel"),
    "25 cut archive": (make.npz(logits=Z)[:-30], "damaged"),
    "25 bad checksum": (bad_checksum, "damaged"),
    "25 encrypted": (encrypted, "encrypted"),
    "25 lzma": (make.archive([("logits.npy", make.npy(Z))], zipfile.ZIP_LZMA), "packed in a way"),
    "26 html": (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "26 empty": (b"", "empty"),
    "26 blank": (b"\n\n  \n", "empty"),
    "26 json": (b'{"logits": [[1, 2]]}', "JSON"),
    "26 png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "image"),
    "26 gzip": (b"\x1f\x8b\x08" + bytes(50), "gzip"),
    "26 hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
    "26 noise": (bytes(range(256)), "no known array file|NUL"),
    "27 million columns": (lambda: wide_csv(1_000_000), "line 1 is longer than|columns"),
    "27 columns in one megabyte": (lambda: wide_csv(50_000), "50,000 columns"),
    "28 header cell of 20 MB": (b"a" * 20_000_000 + b",b\n1,2\n", "longer than 1 MB"),
    "28 cell of 20 MB": (b"a,b\n" + b"1" * 20_000_000 + b",2\n", "line 2 is longer than"),
    "28 cell of 200 MB": (
        lambda: b'a,b,label\n1,2,"' + b"x" * 200_000_000 + b'"\n',
        "line 2 is longer than 4 MB",
    ),
    "28 cell of 2 MB": (b"a,b,label\n1,2," + b"x" * 2_000_000 + b"\n", "longer than 200"),
    "28 cell of 150 kB": (b'a,"' + b"x" * 150_000 + b'"\n1,2\n', "cell is too long"),
    "29 ragged": (CSV.replace(b",2\n", b"\n", 1), "line 4 has 3 cells; the first line 4"),
    "29 ragged after blank": (b"a,b\n1,2\n\n3\n", "line 4 has 1 cells"),
    "29 open quote": (b'a,b\n1,"2\n3,4\n', "line 2.*"),
    "29 open quote in header": (b'a,"b\n1,2\n3,4\n', "line 1: a quote"),
    "29 carriage returns": (CSV.replace(b"\n", b"\r"), "carriage returns"),
    "29 stray carriage return": (b"a,b\n1,2\n3\r4,5\n", "line 3 holds a carriage return"),
    "30 nul byte": (b"a,b\n1,2\n3,4\0\n" + b"1,2\n" * 999, "NUL|no known"),
    "30 nul byte late": (b"a,b\n" + b"1,2\n" * 999 + b"3,4\0\n", "line 1,001 holds a NUL"),
    "30 utf-8 in header": (b"caf\xe9,b\n1,2\n", "line 1 is not UTF-8 text: byte 3 is 0xe9"),
    "30 utf-8 in labels": (b"a,b,label\n1,2,a\n1,2,caf\xe9\n", "line 3 is not UTF-8 text"),
    "30 utf-8 in scores": (b"a,b\n1,2\n1,\xe9\n", "line 3 is not UTF-8 text"),
    "30 utf-16": ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
    "31 formula as a score": (b"a,b\n=1+2,2\n", "line 2, column 'a': '=1.2'"),
    "32 1e400": (b"a,b\n1,2\n1e400,2\n", "line 3, column 'a': '1e400'"),
    "32 hexadecimal": (b"a,b\n1,0x10\n", "line 2, column 'b': '0x10'"),
    "32 underscore": (b"a,b\n1,1_000\n", "line 2, column 'b': '1_000'"),
    "32 nan": (b"a,b\n1,nan\n", "line 2, column 'b': 'nan'"),
    "32 infinity": (b"a,b\n1,-Infinity\n", "column 'b': '-Infinity'"),
    "32 missing": (b"a,b\n1,\n", "line 2, column 'b': ''"),
    "32 arabic digits": ("a,b\n1,٣\n".encode(), "line 2, column 'b'"),
    "32 file name column": (b"file,a,b\nx.jpg,1,2\n", "line 2, column 'file': 'x.jpg'"),
    "32 header repeated": (b"a,b,a,label\n1,2,3,0\n", "'a' heads 2 columns .1, 3."),
    "32 header only": (b"a,b,label\n", "at least 1 row"),
    "32 one score column": (b"a,label\n1,0\n", "2 classes"),
    "32 label missing": (b"a,b,label\n1,2,x\n1,2,\n", "label of row 1.*missing"),
    "32 label unknown": (b"a,b,label\n1,2,a\n1,2,z\n", "label 'z' in row 1"),
    "32 label too large": (b"a,b,label\n1,2,0\n1,2,2\n", "2 in row 1"),
    "32 rows beyond memory": (lambda: wide_csv(9_000) + b"\n" * 4_000_000, "at most|lines"),
    "33 parquet texts": (parquet_texts, "longer than 200"),
    "34 parquet zeros": (parquet_zeros, "takes 916 MB; at most 800 MB"),
    "34 parquet page of zeros": (parquet_page, "unpacks to 64 MB, more than the"),
    "35 parquet footer cut": (make.parquet({"a": [1.0]})[:-2], "footer"),
    "35 parquet footer 4 GiB": (parquet_footer(2**32 - 1), "damaged or cut"),
    "35 parquet footer wrong": (parquet_footer(30), "damaged"),
    "35 parquet magic only": (b"PAR1PAR1", "damaged or cut"),
    "35 parquet lists": (make.parquet({"a": [[1.0]], "b": [[2.0]]}), "list|nested"),
    "35 parquet structs": (make.parquet({"a": [{"x": 1.0, "y": 2.0}], "b": [1.0]}), "struct|nest"),
    "35 parquet wide": (
        lambda: make.parquet({f"c{i}": [1.0] for i in range(10_100)}),
        "10,100 columns",
    ),
    "35 parquet null": (
        make.parquet({"a": [1.0, None], "b": [1.0, 2.0]}),
        "'a' has no value in row 1",
    ),
    "35 parquet nan": (
        make.parquet({"a": [1.0, 2.0], "b": [1.0, np.nan]}),
        "row 1, column 1 .'b'.",
    ),
    "35 parquet dates": (
        make.parquet({"a": pa.array([1], pa.timestamp("s")), "b": [1.0]}),
        "'a' is of type",
    ),
    "35 parquet label of floats": (make.parquet({"a": [1.0], "b": [1.0], "y": [0.5]}), "0.5"),
    "35 parquet no columns": (make.parquet({"label": [1, 0]}), "no score columns"),
    "36 pt that runs code": (lambda: torch_pickle(make.pickled(make.Payload())), "never opened"),
    "36 pt that allocates": (
        lambda: torch_pickle(b"\x80\x02c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R."),
        "'__builtin__ bytearray', which is never opened",
    ),
    "36 pt in the old format": (torch_legacy, "pickle"),
    "36 pt of a list": (lambda: make.pt([1, 2]), "tensor or a dict of tensors"),
    "36 pt of numbers": (lambda: make.pt({1: 2}), "keys of the dict must be text"),
    "36 pt without tensors": (lambda: make.pt({"epoch": 3}), "no logits were found"),
    "36 pt packed": (torch_packed, "torch.save never does"),
    "36 pt sparse": (torch_sparse, "never opened"),
    "36 pt pickle damaged": (lambda: torch_pickle(b"\x80\x02}q\x00X"), "damaged"),
    "37 pt expanded": (expanded, "view.*storage of 4"),
    "37 pt sliced": (sliced, r"view.*tensor.clone\(\)"),
    "37 pt storage too small": (torch_lies, "damaged"),
    "38 header 2**63": (make.safetensors_with_header({}, length=2**63), "damaged"),
    "38 header cut": (make.safetensors_with_header({}, length=500), "damaged"),
    "38 header deep": (make.safetensors_with_header(b'{"a":' + b"[" * 100_000), "damaged"),
    "38 overlap": (lambda: two_tensors((0, 16), (8, 24), 24), "damaged"),
    "38 hole": (lambda: two_tensors((0, 16), (24, 40), 40), "damaged"),
    "38 past the end": (lambda: two_tensors((0, 16), (16, 32), 20), "damaged"),
    "38 size against shape": (lambda: two_tensors((0, 20), (20, 36), 36), "damaged"),
    "38 ten gigabytes": (
        make.safetensors_with_header({"logits": tensor_header([50_000, 50_000], 0, 10**10)}),
        "at most|damaged",
    ),
    "38 overflow": (
        make.safetensors_with_header({"logits": tensor_header([2**40, 2**40], 0, 16)}, bytes(16)),
        "at most",
    ),
    "38 negative shape": (
        make.safetensors_with_header({"logits": tensor_header([-2, -2], 0, 16)}, bytes(16)),
        "damaged",
    ),
    "38 float8": (
        make.safetensors_with_header({"logits": tensor_header([2, 2], 0, 4, "F8_E5M2")}, bytes(4)),
        "'F8_E5M2'",
    ),
    "38 same name twice": (
        make.safetensors_with_header(
            b'{"a":'
            + json.dumps(tensor_header([1], 0, 4)).encode()
            + b',"a":'
            + json.dumps(tensor_header([1], 0, 4)).encode()
            + b"}",
            bytes(4),
        ),
        "same name twice",
    ),
    "39 many tensors": (
        lambda: make.safetensors(**{f"t{i}": np.empty(0, np.float32) for i in range(3000)}),
        "3,000 tensors; at most 32",
    ),
    "39 very many tensors": (
        lambda: make.safetensors_with_header(
            {f"t{i}": tensor_header([0], 0, 0) for i in range(400_000)}
        ),
        "too many tensors",
    ),
    "40 names deep": (make.safetensors({"class_names": "[" * 100_000}, logits=Z), "JSON list"),
    "40 counts long": (
        make.safetensors({"class_counts": "[" + "9" * 5000 + "]"}, logits=Z),
        "JSON list",
    ),
    "40 counts nan": (make.safetensors({"class_counts": "[NaN, 1, 1]"}, logits=Z), "got 'nan'"),
    "40 names of numbers": (make.safetensors({"class_names": "[1, 2, 3]"}, logits=Z), "texts"),
    "no logits": (make.npz(a=Y, b=Z[None]), r"no logits were found.*'a' \(6\)"),
    "split length": (lambda: npz_with(split=Y[:2]), "6 rows; got shape 2"),
    "split values": (lambda: npz_with(split=Y), "row 2 .*has 2"),
    "split words": (lambda: npz_with(split=np.array(["val", "huh"] * 3)), "got 'huh'"),
    "split all train": (lambda: npz_with(split=np.array(["train"] * 6)), "all rows are training"),
    "weights shape": (lambda: npz_with(weights=np.ones((4, 5))), "weights must be 3 classes x d"),
    "weights width": (
        lambda: npz_with(weights=np.ones((3, 5)), features=np.ones((6, 4))),
        "one width d",
    ),
    "spread below zero": (
        lambda: npz_with(class_spread=np.array([1.0, -0.5, 2])),
        "the class spread must be at least 0; got -0.5 at entry 1",
    ),
    "bias nan": (lambda: npz_with(bias=np.full(3, np.nan)), "the bias must be finite.*entry 0"),
    "features objects": (lambda: npz_with(features=np.ones((6, 2)) * 1j), "features.*complex"),
}
