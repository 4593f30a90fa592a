"""The server's side: hand a table to a child, wait for it, judge what comes back."""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from app.data.apart.wire import Answer, Request, close, receive, send, unpack
from app.data.contents import Contents
from app.data.limits import MEBIBYTE, Limits
from app.data.source import Source
from app.data.upload import AmbiguousKeys, UploadError
from app.data.words import plain

ROOT = Path(__file__).resolve().parents[3]
# Of the environment, what a Python needs to find itself: a child has no use for secrets in it.
_ENVIRONMENT = (
    *("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG"),
    *("HOME", "TMPDIR", "NUMBA_CACHE_DIR"),  # where compiled code is kept
)
_SECONDS, _SECONDS_PER_MEBIBYTE = 2, 0.15
_STARTS = 60  # seconds within which a helper has imported what it needs
_PATIENCE = 4  # times the processor time, where others use the processor too
_log = logging.getLogger(__name__)


@cache
def available() -> bool:
    """Whether this system has what handing files to children takes."""
    if not hasattr(os, "memfd_create") or not hasattr(signal, "pidfd_send_signal"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def read_apart(
    source: Source, limits: Limits, keys: Mapping[str, str | None] | None, found: str
) -> Contents:
    """Parse a table in a child process.

    Parameters
    ----------
    source : Source
    limits : Limits
        The child may take the bytes of the file, of the largest arrays, and of the largest file
        once more to work with.
    keys : mapping of role to column, optional
    found : str
        "csv" or "parquet".

    Raises
    ------
    AmbiguousKeys, UploadError
        What the readers raise; also if the child takes too much memory or time, or dies.
    """
    request = Request(
        format=found,
        keys=dict(keys or {}),
        limits=limits,
        seconds=int(_SECONDS + _SECONDS_PER_MEBIBYTE * len(source) / MEBIBYTE) + 1,
        memory=len(source) + limits.array_bytes + limits.file_bytes,
    )
    with _child(source) as connection:
        body, descriptors = _answer(connection, request)
        try:
            return _judged(body, descriptors)
        finally:
            close(descriptors)


def _answer(connection: socket.socket, request: Request) -> tuple[bytes, list[int]]:
    connection.settimeout(_PATIENCE * request.seconds)
    try:
        send(connection, request, [])
        return receive(connection)
    except TimeoutError as error:
        raise UploadError("reading the table takes longer than is allowed.") from error
    except (OSError, EOFError, ValueError) as error:
        _log.warning("A child that read a %s file died", request.format)
        raise UploadError(
            f"the {request.format} table cannot be read within the memory and time allowed, or "
            "is damaged; export it again, smaller."
        ) from error


def _judged(body: bytes, descriptors: list[int]) -> Contents:
    try:
        answer = Answer.model_validate_json(body)
        if answer.refusal is None:
            return unpack(answer, descriptors)
    except (ValidationError, ValueError, OSError) as error:
        _log.warning("A child gave an answer of a wrong form: %s", type(error).__name__)
        raise UploadError("the table is damaged and cannot be read; export it again.") from error
    sentence = plain(answer.refusal, 400)
    if answer.role:
        raise AmbiguousKeys(answer.role, tuple(answer.candidates), sentence)
    raise UploadError(sentence)


@contextmanager
def _child(source: Source) -> Iterator[socket.socket]:
    """Fork a child with a copy of the file; it does not outlive the block."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs, _copied(source) as file:
            process = _helper().fork(theirs.fileno(), file)
        try:
            yield ours
        finally:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            os.close(process)


@contextmanager
def _copied(source: Source) -> Iterator[int]:
    """Give the content of a file as a descriptor; nothing of it is on a disk."""
    file = os.memfd_create("upload", os.MFD_CLOEXEC)
    try:
        left = source.view
        while left:
            left = left[os.write(file, left[: 64 * MEBIBYTE]) :]
        source.forget()
        yield file
    finally:
        os.close(file)


class _Helper:
    """The process that children are forked from; started when first needed, and again if lost.

    Parameters
    ----------
    arguments : sequence of str
        Of Python; what runs gets the number of a socket's descriptor.
    """

    def __init__(self, arguments: Sequence[str] = ("-m", "app.data.apart.zygote")) -> None:
        self._arguments = arguments
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, if it does not run, without waiting for its imports."""
        with self._lock:
            self._started()

    def fork(self, connection: int, file: int) -> int:
        """Fork a child that has both descriptors; return its pidfd.

        Raises
        ------
        OSError
            If that failed with a new helper too.
        """
        with self._lock:
            try:
                return self._fork(connection, file)
            except OSError:
                self._stop()
                return self._fork(connection, file)

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _fork(self, connection: int, file: int) -> int:
        control = self._started()
        socket.send_fds(control, [b"f"], [connection, file])
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            raise BrokenPipeError("the helper is gone")
        return descriptors[0]

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control.settimeout(_STARTS)
            with theirs:
                self._process = _launched(self._arguments, theirs.fileno())
        return self._control

    def _stop(self) -> None:
        if self._control is not None and self._process is not None:
            self._control.close()
            self._control = None
            self._process.kill()
            self._process.wait()


def _launched(arguments: Sequence[str], descriptor: int) -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, *arguments, str(descriptor)],
        cwd=ROOT,
        env={**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        pass_fds=[descriptor],
    )


@cache
def _helper() -> _Helper:
    helper = _Helper()
    atexit.register(helper.stop)
    return helper


def prepare() -> None:
    """Start the helper, so that the first table need not wait for its imports."""
    if available():
        _helper().start()
