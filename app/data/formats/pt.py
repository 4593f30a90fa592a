"""PyTorch's .pt: a tensor, or a dict of tensors, opened without running anything in it.

`torch.load(weights_only=True)` runs no foreign code, but it still lets a pickle build a
``bytearray`` or a tensor of any size, and a tensor of four bytes may be expanded to gigabytes.
So the pickle may name only what plain tensors need, and every tensor has to own the whole of
its storage. PyTorch's own zip reader sees a fresh archive with only the members checked here.
"""

import io
import pickletools
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.contents import Contents, Entry, array_entry, damaged
from app.data.formats.archive import open_archive
from app.data.formats.extras import names_entry
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import plain, quoted

_ALLOWED = frozenset(
    {"collections OrderedDict", "torch._utils _rebuild_tensor_v2"}
    | {"torch._utils _rebuild_parameter"}
    | {
        f"torch {kind}Storage"
        for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte")
    }
)
_BUILDING = frozenset(
    {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}
)
_BESIDE = ("data.pkl", "byteorder", "version")


def read_pt(source: Source, limits: Limits) -> Contents:
    """Return the tensors of a file written by `torch.save`; one tensor alone is "tensor"."""
    clean = _clean(source, limits)
    import torch  # after the checks: refusing takes milliseconds, the import seconds

    with damaged("the PyTorch file"):
        loaded = torch.load(clean, map_location="cpu", weights_only=True)
    del clean
    if isinstance(loaded, torch.Tensor):
        loaded = {"tensor": loaded}
    if not isinstance(loaded, dict):
        raise UploadError("the PyTorch file must hold a tensor or a dict of tensors.")
    if len(loaded) > limits.arrays:
        raise UploadError(
            f"the file has {len(loaded):,} entries; at most {limits.arrays} are allowed."
        )
    return _contents(loaded, limits)


def write_pt(arrays: dict[str, NDArray[Any]], class_names: list[str]) -> bytes:
    """Return a .pt file with a dict of tensors and class names."""
    import torch

    out = io.BytesIO()
    tensors: dict[str, Any] = {key: torch.from_numpy(array) for key, array in arrays.items()}
    torch.save(tensors | {"class_names": class_names}, out)
    return out.getvalue()


def _clean(source: Source, limits: Limits) -> io.BytesIO:
    """Return a fresh archive of the checked members, nothing packed."""
    clean = io.BytesIO()
    with open_archive(source, limits) as archive, zipfile.ZipFile(clean, "w") as target:
        for member in archive.infolist():
            inner = member.filename.partition("/")[2]
            if inner.startswith(("code/", "constants")):
                raise UploadError("the file is a TorchScript program; save a dict of tensors.")
            if inner not in _BESIDE and not inner.startswith("data/"):
                continue
            if member.compress_type != zipfile.ZIP_STORED:
                raise UploadError(f"member {quoted(inner)} is packed, which torch.save never does.")
            if inner == "data.pkl":
                _check_pickle(archive, member, limits)
            with target.open(zipfile.ZipInfo(f"archive/{inner}"), "w", force_zip64=True) as out:
                _copy(archive, member, out)
    source.forget()
    clean.seek(0)
    return clean


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, out: Any) -> None:
    with archive.open(member) as stream:
        while block := stream.read(2**20):
            out.write(block)


def _check_pickle(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> None:
    if member.file_size > limits.header_bytes:
        raise UploadError("the PyTorch file holds more than tensors; save a dict of tensors.")
    for code, argument, _ in pickletools.genops(archive.read(member)):
        named = code.name == "GLOBAL" and argument not in _ALLOWED
        if named or code.name in _BUILDING:
            raise UploadError(
                f"the PyTorch file refers to {quoted(argument or code.name)}, which is never "
                "opened; save tensors or a dict of tensors only."
            )


def _contents(loaded: dict[Any, Any], limits: Limits) -> Contents:
    entries: dict[str, Entry] = {}
    notes: list[str] = []
    for key, value in _items(loaded):
        entry = _entry(key, value, limits)
        if entry is None:
            notes.append(f"{quoted(key)} was left out: it is neither a tensor nor a list of text.")
        else:
            entries[key] = entry
    if any(_is_bfloat16(value) for value in loaded.values()):
        notes.append("bfloat16 values were converted to float32.")
    return Contents(entries, notes=tuple(notes))


def _items(loaded: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in loaded.items():
        if not isinstance(key, str):
            raise UploadError(f"the keys of the dict must be text, got {quoted(key)}.")
        yield key, value


def _entry(key: str, value: Any, limits: Limits) -> Entry | None:
    import torch

    if isinstance(value, torch.Tensor):
        return array_entry(_array(key, value))
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
        return names_entry(list(value), limits)
    if isinstance(value, (list, tuple)) and value and all(type(v) is int for v in value):
        with damaged(f"the list {quoted(key)}"):
            return array_entry(np.array(value, dtype=np.int64))
    return None


def _is_bfloat16(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor) and value.dtype == torch.bfloat16


def _array(key: str, tensor: Any) -> NDArray[Any]:
    import torch

    tensor = tensor.detach()
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        raise UploadError(f"tensor {quoted(key)} must be a plain dense tensor.")
    owned = tensor.untyped_storage().nbytes()
    used = tensor.numel() * tensor.element_size()
    dense = tensor.is_contiguous() or tensor.mT.is_contiguous() if tensor.dim() > 1 else True
    if owned != used or tensor.storage_offset() or not dense:
        raise UploadError(
            f"tensor {quoted(key)} is a view ({used:,} bytes of a storage of {owned:,}); "
            "save tensor.clone() instead."
        )
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    with damaged(f"tensor {quoted(key)} of type {plain(tensor.dtype)}"):
        array: NDArray[Any] = tensor.numpy()
    return array
