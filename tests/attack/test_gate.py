"""What stands in front of Streamlit: room for uploads, headers, commands that are for nobody."""

from types import SimpleNamespace

import pytest
from starlette.responses import PlainTextResponse
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.data.limits import MEBIBYTE
from app.ui import gate
from app.ui.gate import HEADERS, SESSION_FILES, Gate
from tests.aio import run

UPLOAD = "/_stcore/upload_file/{}/1"


@pytest.fixture
def kept(monkeypatch):
    """Sizes of files by session, as the server keeps them; there is room for a gigabyte."""
    files = {}
    monkeypatch.setattr(gate, "_kept", lambda: files)
    monkeypatch.setattr(gate, "share", lambda: 1024 * MEBIBYTE)
    return files


def ask(path, method="GET", headers=()):
    """Status, headers and text of an answer; what passes the gate is answered 200."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    run(Gate(PlainTextResponse("here"))(scope, None, send))
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"].decode()


def put(session, count):
    """Announce a file of so many bytes; return status and text."""
    headers = [(b"content-length", str(count).encode())]
    status, _, text = ask(UPLOAD.format(session), "PUT", headers)
    return status, text


def test_headers_are_on_every_answer():
    wanted = {name.encode(): value.encode() for name, value in HEADERS.items()}
    for path in ("/", "/tune", "/_stcore/metrics"):
        assert wanted.items() <= ask(path)[1].items()


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/base/_stcore/metrics", "/_stcore/agent/x"])
def test_pages_for_operators_are_closed(path):
    assert ask(path)[0] == 404


def test_files_come_in_while_there_is_room(kept):
    kept["a"] = [300 * MEBIBYTE]
    assert put("a", 400 * MEBIBYTE)[0] == 200
    kept["a"] = [401 * MEBIBYTE]
    said = "A session may keep 800 MB of files here; remove some."
    assert put("a", 400 * MEBIBYTE) == (413, said)
    assert put("b", 400 * MEBIBYTE)[0] == 200


def test_many_small_files_are_refused(kept):
    kept["a"] = [1] * SESSION_FILES
    assert put("a", 1)[0] == 413
    assert put("b", 1)[0] == 200


def test_all_sessions_share_the_room(kept):
    kept.update({str(k): [100 * MEBIBYTE] for k in range(10)})
    status, said = put("new", 100 * MEBIBYTE)
    assert (status, "1024 MB" in said) == (413, True)
    assert put("new", 20 * MEBIBYTE)[0] == 200


def test_a_body_of_unsaid_length_counts_as_the_largest(kept):
    kept["a"] = [500 * MEBIBYTE]
    for headers in ([], [(b"content-length", b"-5")], [(b"content-length", b"9" * 40)]):
        count = gate._announced({"headers": headers})
        assert Gate(None)._refusal("a", count)
    assert not Gate(None)._refusal("a", gate._announced({"headers": [(b"content-length", b"5")]}))


def test_what_is_on_its_way_counts(kept):
    busy = Gate(None)
    busy._arriving["a"] = 500 * MEBIBYTE
    assert busy._refusal("a", 400 * MEBIBYTE)
    assert not busy._refusal("b", 400 * MEBIBYTE)


def test_the_files_of_streamlit_are_counted(monkeypatch):
    record = SimpleNamespace(data=b"12345")
    manager = SimpleNamespace(file_storage={"a": {"1": record, "2": record}})
    runtime = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(gate.Runtime, "exists", lambda: True)
    monkeypatch.setattr(gate.Runtime, "instance", lambda: runtime)
    assert gate._kept() == {"a": [5, 5]}


@pytest.mark.parametrize("command", ["clear_cache", "load_git_info", "debug_shutdown_runtime"])
def test_commands_of_developers_are_left_out(command):
    stop = BackMsg(stop_script=True).SerializeToString()
    garbage = b"\xff" * 9  # is Streamlit's to refuse
    frames = [BackMsg(**{command: True}).SerializeToString(), garbage, stop]
    waiting = [{"type": "websocket.receive", "bytes": frame} for frame in frames]
    waiting.append({"type": "websocket.receive", "text": "no bytes"})
    waiting.append({"type": "websocket.disconnect"})
    passed = []

    async def receive():
        return waiting.pop(0)

    async def app(scope, receive, send):
        while (message := await receive())["type"] != "websocket.disconnect":
            passed.append(message.get("bytes"))

    run(Gate(app)({"type": "websocket"}, receive, None))
    assert passed == [garbage, stop, None]
