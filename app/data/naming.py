"""Messages begin with the file they are about."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.data.upload import UploadError
from app.data.words import plain


def shown_name(name: str) -> str:
    """Return a file name as it may be shown: one line, at most 60 characters."""
    return plain(name.strip() or "the file", 60)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put the name of the file before the message of any `UploadError`."""
    try:
        yield
    except UploadError as error:
        error.args = (f"{shown_name(name)}: {error}",)
        raise
