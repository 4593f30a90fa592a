"""Find the format of a file and read it with the reader for it."""

from collections.abc import Mapping

from app.data.apart.parent import available, read_apart
from app.data.contents import Contents
from app.data.formats.archive import open_archive
from app.data.formats.delimited import read_csv
from app.data.formats.npy import read_npy
from app.data.formats.npz import read_npz
from app.data.formats.parquet import read_parquet
from app.data.formats.pt import read_pt
from app.data.formats.safetensors import read_safetensors
from app.data.limits import Limits
from app.data.sniff import ALLOWED, sniff
from app.data.source import Source
from app.data.upload import UploadError


def detect(source: Source, limits: Limits) -> str:
    """Return one of `app.data.sniff.FORMATS`; a zip archive is told apart by its members."""
    found = sniff(source)
    if found != "zip":
        return found
    with open_archive(source, limits) as archive:
        names = archive.namelist()
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return "pt"
    if "[Content_Types].xml" in names:
        raise UploadError("the content is an Excel or Word file; save the table as CSV UTF-8.")
    if not names:
        raise UploadError(f"the archive is empty; {ALLOWED}.")
    return "npz"


def read_contents(
    source: Source, limits: Limits, keys: Mapping[str, str | None] | None = None
) -> tuple[Contents, str]:
    """Return what a file holds, and its format.

    Parameters
    ----------
    keys : mapping of role to column, optional
        Used by tables only, whose labels are a column.
    """
    found = detect(source, limits)
    tables = {"csv": read_csv, "parquet": read_parquet}
    if found in tables:
        if limits.apart and available():
            return read_apart(source, limits, keys, found), found
        return tables[found](source, limits, keys), found
    readers = {"npy": read_npy, "npz": read_npz, "safetensors": read_safetensors, "pt": read_pt}
    return readers[found](source, limits), found
