"""Writing a result to a path or to stdout."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from app.data.build.container import write_atomically
from app.data.words import plain
from app.errors import UserError

STDOUT = "-"


def check_writable(out: str) -> None:
    """Raise `UserError` before any work if a result could not be written to a path."""
    path = Path(out)
    try:
        if out != STDOUT and path.is_dir():
            raise UserError(f"{shown_path(out)} is a directory; a file is needed.")
        if out != STDOUT and not path.parent.is_dir():
            raise UserError(f"{shown_path(out)} cannot be written: there is no such directory.")
    except OSError as error:
        raise _refused(out, error) from error


def check_spares(out: str, *inputs: str | None) -> None:
    """Raise `UserError` if writing would destroy a file that was read; others are no paths."""
    written = Path(out)
    for path in (Path(name) for name in inputs if name):
        with suppress(OSError):  # too long for a path, so it was none
            if path.is_file() and written.is_file() and path.samefile(written):
                raise UserError(f"{shown_path(out)} would be overwritten, but is read.")


def write(out: str, content: bytes) -> None:
    """Write to a path, which never holds half of it, or to stdout if ``out`` is "-".

    Raises
    ------
    UserError
        If the path cannot be written.
    """
    if out == STDOUT:
        click.echo(content, nl=False)
        return
    try:
        # What a link points to is replaced, not the link; a device is written to.
        path = Path(out).resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_atomically(path, content)
    except OSError as error:
        raise _refused(out, error) from error


def write_binary(out: str, content: bytes) -> None:
    """Write what is no text; refuse to spill it over a terminal."""
    if out == STDOUT and sys.stdout.isatty():
        raise UserError("this is no text for a terminal: name a file to write.")
    write(out, content)


def shown_path(path: str) -> str:
    """A path as it may be printed."""
    return plain(path, 200) or "the file"


def _refused(out: str, error: OSError) -> UserError:
    return UserError(f"{shown_path(out)} cannot be written ({error.strerror or error}).")
