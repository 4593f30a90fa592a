"""Which format a file has, decided by its content and never by its name."""

from pathlib import PurePosixPath

from app.data.source import Source
from app.data.upload import UploadError

FORMATS = ("npz", "npy", "safetensors", "csv", "parquet", "pt")
ALLOWED = "use .npz, .npy, .safetensors, .csv, .parquet or .pt"
_SUFFIXES = {"pth": "pt", "txt": "csv", "tsv": "csv", "pq": "parquet"}

_REFUSED = (
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"\x89HDF", f"an HDF5 file; {ALLOWED}"),
    (b"MATLAB 5.0", f"a MATLAB file; {ALLOWED}"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
    (b"%PDF", f"a PDF document; {ALLOWED}"),
    (b"\x89PNG", f"an image; {ALLOWED}"),
)


def sniff(source: Source) -> str:
    """Return one of "npy", "zip", "parquet", "safetensors" or "csv".

    Raises
    ------
    UploadError
        If the content is none of these.
    """
    head = bytes(source.view[:512])
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise UploadError(f"the content is {what}.")
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[8:9] == b"{" and b"\0" in head[:8]:
        return "safetensors"
    if head[:1] == b"\x80" and head[1:2] in b"\1\2\3\4\5":
        raise UploadError(
            "the content is a Python pickle or an old-style PyTorch file, "
            f"neither of which is opened; {ALLOWED}."
        )
    return _text(head)


def _text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        raise UploadError(f"the content is a web page or XML, not an array file; {ALLOWED}.")
    if start in (b"{", b"["):
        raise UploadError(f"the content is JSON, which is not read; {ALLOWED}.")
    if b"\0" in head:
        raise UploadError(f"the content is no known array file nor text; {ALLOWED}.")
    return "csv"


def name_note(name: str, found: str) -> str | None:
    """Return a sentence if the ending of the name promises another format than was found."""
    suffix = PurePosixPath(name).suffix.lower().removeprefix(".")
    promised = _SUFFIXES.get(suffix, suffix)
    if promised not in FORMATS or promised == found:
        return None
    return f"The name ends in .{suffix}, but the content is {found}, and was read as such."
