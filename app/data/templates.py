"""Small example files in every format, to fill in or to imitate."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.upload import UploadError
from app.data.words import quoted

CLASS_NAMES = ("cat", "dog", "fox", "owl")
CLASS_COUNTS = (500, 120, 40, 10)
_LABELS = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3)


def write_template(format: str) -> bytes:
    """Return an example file of 12 rows and 4 classes that `read_upload` accepts.

    All but .npy, which is the logits alone, hold labels, class names and the split. Class counts
    are an array of .npz, .safetensors and .pt, and metadata of .parquet; .csv has no place for
    them, so that the page asks.

    Parameters
    ----------
    format : {"npz", "npy", "safetensors", "csv", "parquet", "pt"}

    Raises
    ------
    UploadError
        If the format is unknown.
    """
    if format not in _WRITERS:
        raise UploadError(f"format must be one of {', '.join(_WRITERS)}; got {quoted(format)}.")
    return _WRITERS[format]()


def _logits() -> NDArray[np.float32]:
    """Scores of a classifier that favours the head classes, with two decimals."""
    noise = np.random.default_rng(0).normal(size=(12, 4))
    truth = 2.0 * np.eye(4)[list(_LABELS)]
    scores: NDArray[np.float64] = noise + truth + np.array([1.0, 0.4, 0.0, -0.6])
    return scores.round(2).astype(np.float32)


def _split() -> NDArray[np.int64]:
    """0 (tune) and 1 (judge) in turn."""
    return np.arange(12) % 2


def _arrays() -> dict[str, NDArray[Any]]:
    return {
        "logits": _logits(),
        "labels": np.array(_LABELS),
        "class_counts": np.array(CLASS_COUNTS),
        "split": _split(),
    }


def _npy() -> bytes:
    out = io.BytesIO()
    np.save(out, _logits())
    return out.getvalue()


def _npz() -> bytes:
    out = io.BytesIO()
    arrays = _arrays() | {
        "class_names": np.array(CLASS_NAMES),
        "split": np.array(["tune", "judge"])[_split()],
    }
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def _safetensors() -> bytes:
    from safetensors.numpy import save

    return save(_arrays(), {"class_names": json.dumps(CLASS_NAMES)})


def _csv() -> bytes:
    lines = [",".join((*CLASS_NAMES, "label", "split"))]
    for row, label, part in zip(_logits(), _LABELS, _split(), strict=True):
        scores = [f"{value:.2f}" for value in row]
        lines.append(",".join((*scores, CLASS_NAMES[label], ("tune", "judge")[part])))
    return ("\n".join(lines) + "\n").encode()


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: _logits()[:, k] for k, name in enumerate(CLASS_NAMES)}
    columns |= {"label": np.array(_LABELS), "split": np.array(["tune", "judge"])[_split()]}
    table = pa.table(columns).replace_schema_metadata(
        {"class_counts": json.dumps(CLASS_COUNTS), "class_names": json.dumps(CLASS_NAMES)}
    )
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def _pt() -> bytes:
    from app.data.formats.pt import write_pt

    return write_pt(_arrays(), list(CLASS_NAMES))


_WRITERS: dict[str, Callable[[], bytes]] = {
    "npz": _npz,
    "npy": _npy,
    "safetensors": _safetensors,
    "csv": _csv,
    "parquet": _parquet,
    "pt": _pt,
}
TEMPLATE_FORMATS = tuple(_WRITERS)
