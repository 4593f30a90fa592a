"""Makers of files that are broken, absurd or malicious."""

import io
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
