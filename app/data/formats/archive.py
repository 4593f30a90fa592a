"""Zip archives, checked before a byte is unpacked."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from app.data.contents import damaged
from app.data.limits import MEBIBYTE, Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import quoted, size

_BLOCK = MEBIBYTE


@contextmanager
def open_archive(source: Source, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose members are few, different, plain and of bounded total size.

    Raises
    ------
    UploadError
        Also for whatever goes wrong while the archive is open.
    """
    with damaged("the archive"), zipfile.ZipFile(source.stream()) as archive:
        _check_members(archive.infolist(), limits)
        yield archive


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    # A .pt file has half a dozen members beside its tensors.
    if len(members) > limits.arrays + 10:
        raise UploadError(
            f"the archive has {len(members):,} members; at most {limits.arrays} are allowed."
        )
    total = sum(member.file_size for member in members)
    if total > limits.array_bytes:
        raise UploadError(
            f"the archive unpacks to {size(total)}; at most {size(limits.array_bytes)} is allowed."
        )
    seen: set[str] = set()
    for member in members:
        _check_member(member, limits)
        if member.filename in seen:
            raise UploadError(f"the archive has two members named {quoted(member.filename)}.")
        seen.add(member.filename)


def _check_member(member: zipfile.ZipInfo, limits: Limits) -> None:
    name = quoted(member.filename)
    if member.flag_bits & 1:
        raise UploadError(f"member {name} of the archive is encrypted; save it without password.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UploadError(f"member {name} of the archive is packed in a way NumPy never uses.")
    packed = max(member.compress_size, 1)
    if member.file_size > 16 * MEBIBYTE and member.file_size > limits.inflation * packed:
        raise UploadError(
            f"member {name} unpacks {size(packed)} to {size(member.file_size)}; "
            f"at most {limits.inflation} times its size is allowed."
        )


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, skip: int = 0) -> NDArray[np.uint8]:
    """Return a member's bytes after the first `skip`, unpacked straight into one buffer.

    Raises
    ------
    zipfile.BadZipFile
        If there are fewer or more bytes than declared, or the checksum is wrong.
    """
    data = np.empty(member.file_size - skip, np.uint8)
    with archive.open(member) as stream:
        stream.read(skip)
        at = 0
        while block := stream.read(_BLOCK):
            data[at : at + len(block)] = np.frombuffer(block, np.uint8)
            at += len(block)
    if at != len(data):
        raise zipfile.BadZipFile("fewer bytes than declared")
    return data
