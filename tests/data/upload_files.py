"""Builders of good and hostile files for the tests of uploads."""

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save as save_safetensors

CANARY = Path("uploads-must-not-run-code")


class Payload:
    """An object whose unpickling leaves a trace."""

    def __reduce__(self):
        return (CANARY.touch, ())


def logits(rows=6, classes=3, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(rows, classes)).astype(dtype)


def npy(array, **keywords):
    out = io.BytesIO()
    np.save(out, array, **keywords)
    return out.getvalue()


def npy_with_header(text, data=b"", version=1, length=None):
    """An .npy file with any header text, and any length claimed for it."""
    text = text if isinstance(text, bytes) else text.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def npy_claiming(shape, descr="<f8", data=b"", order=False):
    return npy_with_header(
        f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n", data
    )


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def archive(members, kind=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as target:
        for name, content in members:
            target.writestr(name, content)
    return out.getvalue()


def safetensors(metadata=None, **arrays):
    return save_safetensors(arrays, metadata)


def safetensors_with_header(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def csv(array, labels=None, header=True, end="\n"):
    lines = [
        ",".join(f"c{k}" for k in range(array.shape[1])) + (",label" if labels is not None else "")
    ]
    for i, row in enumerate(array):
        cells = [repr(float(v)) for v in row] + ([str(labels[i])] if labels is not None else [])
        lines.append(",".join(cells))
    return (end.join(lines if header else lines[1:]) + end).encode()


def parquet(columns, **keywords):
    out = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), out, **keywords)
    return out.getvalue()


def pt(value):
    import torch

    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


def edited_pt(data, edit, kind=zipfile.ZIP_STORED):
    """A .pt file with its pickle edited."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = [(i.filename, source.read(i)) for i in source.infolist()]
    return archive([(n, edit(c) if n.endswith("data.pkl") else c) for n, c in members], kind)


def pickled(value, protocol=2):
    return pickle.dumps(value, protocol=protocol)
