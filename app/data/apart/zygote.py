"""The helper that children are forked from, and what a child does.

Started as ``python -m app.data.apart.zygote DESCRIPTOR``, the number of a socket of its server.
It has one thread, holds nothing of any visitor, and ends with its server.
"""

import mmap
import os
import resource
import signal
import socket
import sys
import traceback

from app.data.apart.wire import Answer, Request, Shared, pack, receive, send
from app.data.formats.delimited import read_csv
from app.data.formats.parquet import read_parquet
from app.data.limits import BROWSER
from app.data.source import Source
from app.data.templates import write_template
from app.data.upload import AmbiguousKeys, UploadError

_READERS = {"csv": read_csv, "parquet": read_parquet}


def main(descriptor: int) -> None:
    """Fork a child for every connection and file that the server sends, until it is gone."""
    _warm_up()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to answer
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children here
    control = socket.socket(fileno=descriptor)
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if len(descriptors) != 2:
            return
        if (pid := os.fork()) == 0:
            control.close()
            _serve_one(*descriptors)
        # It waits for its request, which the server sends once it has this.
        handle = os.pidfd_open(pid)
        socket.send_fds(control, [b"p"], [handle])
        for used in (*descriptors, handle):
            os.close(used)


def _warm_up() -> None:
    """Read a table of each kind, so that children begin with all that the readers import."""
    for kind, reader in _READERS.items():
        reader(Source(write_template(kind)), BROWSER, {})


def _serve_one(connection: int, file: int) -> None:
    """Parse one file and end the process, whatever happens."""
    code = 1
    try:
        answer_to(socket.socket(fileno=connection), file)
        code = 0
    except BaseException:
        traceback.print_exc()  # to the log of the server
    finally:
        os._exit(code)


def answer_to(connection: socket.socket, file: int) -> None:
    """Read a request, parse the file under its limits, and send the answer."""
    body, _ = receive(connection)
    request = Request.model_validate_json(body)
    confine(request)
    shared = Shared()
    try:
        answer = _parsed(request, file, shared)
    except AmbiguousKeys as error:
        answer = Answer(refusal=str(error), role=error.role, candidates=list(error.candidates))
    except UploadError as error:
        answer = Answer(refusal=str(error))
    except MemoryError:
        answer = Answer(refusal="reading the table takes more memory than is allowed.")
    if answer.refusal is None:
        send(connection, answer, [shared.seal()])
    else:
        send(connection, answer, [])


def _parsed(request: Request, file: int, shared: Shared) -> Answer:
    data = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    reader = _READERS[request.format]
    return pack(reader(Source(data), request.limits, request.keys, shared.empty), shared)


def confine(request: Request) -> None:
    """Give up what parsing does not need: more memory, time, files; no dumps of memory."""
    for what, most in (
        (resource.RLIMIT_AS, _taken() + request.memory),
        (resource.RLIMIT_CPU, request.seconds),
        (resource.RLIMIT_FSIZE, request.memory),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _taken() -> int:
    """Bytes of address space in use."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(int(sys.argv[1]))
