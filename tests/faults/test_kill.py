"""The server is killed with SIGKILL."""

import signal
import socket
import subprocess
import sys

import pytest

from app.runs.file import run_bytes
from app.ufm import UFMSpec, solve
from tests.faults.server import ROOT, Server
from tests.faults.training import IMPORT, assert_works, begin, train, whole
from tests.faults.visitor import Visitor, form


def test_in_a_run(tmp_path):
    """What was stored before is there, the cut run is not, and can be run again."""
    with Server(tmp_path) as first:
        visitor = Visitor(first.url)
        train(visitor, seed=1)
        begin(visitor, seed=2)
        first.kill()
    with Server(tmp_path, port=first.port) as second:
        assert set(whole(second.runs)) == {1}
        # The page comes back by itself, with the session's name of before.
        visitor.connect()
        visitor.rerun()
        assert "Run" in visitor.widgets
        assert not visitor.alerts
        begin(visitor, seed=2)
        assert_works(visitor, second.runs, seed=3)
        assert "Traceback" not in second.logged()


@pytest.mark.slow
def test_in_an_upload(tmp_path):
    """Nothing of the file is kept, and it can be sent again."""
    run = solve(UFMSpec(counts=(20, 10, 5), dim=4))
    content = run_bytes(run)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary)}
    with Server(tmp_path, environment=environment) as first:
        visitor = Visitor(first.url)
        visitor.open("compare")
        _send_half(visitor, first.port, form("run.safetensors", content))
        first.kill()
    with Server(tmp_path, port=first.port, environment=environment) as second:
        assert not whole(second.runs)
        assert not list(temporary.iterdir())
        visitor.connect()
        visitor.open("compare")
        visitor.upload(IMPORT, "run.safetensors", content)
        visitor.watch(lambda: visitor.says("Stored", "alert"))
        assert [run.spec for run in whole(second.runs).values()] == [run.spec]


def _send_half(visitor, port, body):
    urls = visitor.file_urls("run.safetensors")
    headers = {**visitor.form_headers(), "Host": f"127.0.0.1:{port}", "Content-Length": len(body)}
    headers["Cookie"] = visitor.cookie
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port)) as sending:
        sending.sendall(f"PUT {urls.upload_url} HTTP/1.1\r\n{head}\r\n".encode())
        sending.sendall(body[: len(body) // 2])
        # It is being taken: the server has asked for nothing and refused nothing.
        sending.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sending.recv(1)


# Dies in the write after some bytes, by the system's own limit, or at a call to it.
WRITER = """
import os, resource, signal, sys
from app.runs import RunStore
from tests.runs.toy import Toy, toy_run
store = RunStore(sys.argv[1])
store.save(toy_run(Toy(seed=1)))
def in_the_write(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
def at(name, after):
    real = getattr(os, name)
    def die(*arguments):
        if after:
            real(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(os, name, die)
points = [lambda size=size: in_the_write(size) for size in (0, 1, 100, 1000)]
points += [lambda name=name, after=after: at(name, after)
           for name in ("fsync", "replace") for after in (False, True)]
for number, point in enumerate(points):
    if (child := os.fork()) == 0:
        point()
        # A new run, and one that is there already.
        store.save(toy_run(Toy(seed=2 + number)))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(number, status, flush=True)
"""


def test_in_a_save(tmp_path):
    """The run is there whole or not at all, wherever the writer dies; others stay."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    ends = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert ends == [-signal.SIGXFSZ] * 4 + [-signal.SIGKILL] * 4
    # Only the last died after the run had its name.
    assert set(whole(tmp_path)) == {1, 9}
    partials = [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
    assert len(partials) == 7  # of every death before the name; they go when they are old
