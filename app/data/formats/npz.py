"""NumPy's .npz: a zip archive of .npy members, loaded only when they are asked for."""

import zipfile
from typing import Any

from numpy.typing import NDArray

from app.data.contents import Contents, Entry
from app.data.formats.archive import open_archive, unpack
from app.data.formats.npy import PREFIX, Header, parse_header, shaped
from app.data.limits import Limits
from app.data.source import Source
from app.data.upload import UploadError
from app.data.words import quoted


def read_npz(source: Source, limits: Limits) -> Contents:
    """Return the members of an .npz archive by name without their .npy ending."""
    with open_archive(source, limits) as archive:
        members = archive.infolist()
        if len(members) > limits.arrays:
            raise UploadError(
                f"the archive has {len(members)} members; at most {limits.arrays} are allowed."
            )
        entries = {_key(m): _entry(archive, m, source, limits) for m in members}
    if len(entries) < len(members):
        raise UploadError("the archive has two members of the same name.")
    return Contents(entries)


def _key(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(".npy")


def _entry(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: Source, limits: Limits
) -> Entry:
    what = f"member {quoted(member.filename)}"
    with archive.open(member) as stream:
        header = parse_header(stream.read(PREFIX), member.file_size, what)
    return Entry(header.shape, header.dtype, lambda: _load(source, limits, member.filename, header))


def _load(source: Source, limits: Limits, filename: str, header: Header) -> NDArray[Any]:
    with open_archive(source, limits) as archive:
        data = unpack(archive, archive.getinfo(filename), skip=header.offset)
        return shaped(data, header)
