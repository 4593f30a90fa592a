"""A visitor without a browser whose connection can be cut and taken up again.

Synchronous, unlike the driver of tests/load, so that a test reads as the order of events.
"""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

XSRF = "_streamlit_xsrf"
BORDER = "border-of-a-form"


class Visitor:
    """One visitor of the app; the page is what the last full run of its script showed.

    Attributes
    ----------
    session : str
        Id that the server gave; empty before the first page.
    idle : bool
        Whether the page is all there.
    cookies : dict of str to str
    texts : list of (str, str)
        Kind of element ("alert", "markdown", ...) and what it says.
    widgets : dict of str to (str, str)
        Label to the ids of a control and of its fragment.
    """

    def __init__(self, url: str, cookies: dict[str, str] | None = None) -> None:
        self.url = url
        self.cookies = dict(cookies or {})
        self.session = ""
        self.idle = False
        self.texts: list[tuple[str, str]] = []
        self.widgets: dict[str, tuple[str, str]] = {}
        self._page, self._query, self._page_hash = "", "", ""
        self._states: dict[str, WidgetState] = {}
        self._refresh: tuple[str, float] | None = None
        self._ended: dict[str, int] = {}
        self._file_urls: Any = None
        self.connect()

    def connect(self) -> None:
        """Open the websocket, as the session that it was before if there was one."""
        self.request("GET", "/")
        self.request("GET", "/_stcore/health")
        # As the page does it: the token and the session travel as names of protocols.
        protocols = ["streamlit", self.cookies[XSRF], *([self.session] if self.session else [])]
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                self.url.replace("http", "ws", 1) + "/_stcore/stream",
                subprotocols=protocols,
                additional_headers={"Cookie": self.cookie},
                max_size=None,
                ping_interval=None,
                compression=None,
            )
        )

    def drop(self) -> None:
        """Cut the connection without a word, as a network does."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)
        self._open.close()

    def close(self) -> None:
        """Leave."""
        self._open.close()

    def open(self, page: str, query: str = "", timeout: float = 60) -> None:
        """Open a page and wait until its script has run."""
        self._page, self._query, self._page_hash = page, query, ""
        self._states.clear()
        self.rerun(timeout)

    def rerun(self, timeout: float = 60) -> None:
        """Run the page again, as it is after a connection came back."""
        self._ask(timeout=timeout)

    def click(self, label: str, timeout: float = 60) -> None:
        """Press a button."""
        id, fragment = self.widgets[label]
        self._ask(fragment, WidgetState(id=id, trigger_value=True), timeout)

    def upload(self, label: str, name: str, content: bytes) -> None:
        """Give a file to the page and wait until the page has taken it."""
        id, fragment = self.widgets[label]
        urls = self.file_urls(name)
        status, body = self.request(
            "PUT", urls.upload_url, form(name, content), self.form_headers()
        )
        if status != 204:
            raise OSError(f"the upload was answered with {status}: {body[:200]!r}")
        state = WidgetState(id=id)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
        self._states[id] = state
        self._ask(fragment)

    def file_urls(self, name: str) -> Any:
        """Ask where a file may be sent to."""
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.append(name)
        self._file_urls = None
        self._socket.send(message.SerializeToString())
        self.watch(lambda: self._file_urls is not None, 30)
        return self._file_urls

    def form_headers(self) -> dict[str, str]:
        """What the page sends along with a file."""
        return {
            "Content-Type": f"multipart/form-data; boundary={BORDER}",
            "X-Xsrftoken": self.cookies[XSRF],
        }

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Any = ()
    ) -> tuple[int, bytes]:
        """Ask over HTTP with this visitor's cookies, and keep what is set."""
        answer, content = ask(
            self.url, method, path, body, {**dict(headers), "Cookie": self.cookie}
        )
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: m.coded_value for name, m in SimpleCookie(line).items()}
        return answer.status, content

    def watch(self, until: Callable[[], object], timeout: float = 60) -> None:
        """Keep the page open, what refreshes itself refreshing, until something holds."""
        end, due = time.monotonic() + timeout, 0.0
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"the page did not come to it; it says {self.texts}")
            if self._refresh and time.monotonic() > due:
                self._send(self._refresh[0], automatic=True)
                due = time.monotonic() + self._refresh[1]
            self._receive(0.05)

    def says(self, words: str, kind: str = "") -> bool:
        """Whether the page says something, in an element of a kind if one is named."""
        return any(words in text for of, text in self.texts if kind in ("", of))

    @property
    def alerts(self) -> list[str]:
        """Sentences in boxes."""
        return [text for kind, text in self.texts if kind == "alert"]

    @property
    def cookie(self) -> str:
        """The cookies as one header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(
        self, fragment: str = "", state: WidgetState | None = None, timeout: float = 60
    ) -> None:
        """Run the page or a fragment and wait for the end of that run."""
        before = self._ended.get(fragment, 0)
        self._refresh = None
        self._send(fragment, state)
        self.watch(lambda: self._ended.get(fragment, 0) > before, timeout)

    def _send(
        self, fragment: str = "", state: WidgetState | None = None, automatic: bool = False
    ) -> None:
        message = BackMsg()
        script = message.rerun_script
        script.query_string, script.page_script_hash = self._query, self._page_hash
        script.page_name = "" if self._page_hash else self._page
        script.fragment_id, script.is_auto_rerun = fragment, automatic
        script.widget_states.widgets.extend([*self._states.values(), *([state] if state else [])])
        self._socket.send(message.SerializeToString())

    def _receive(self, timeout: float) -> None:
        try:
            frame = self._socket.recv(timeout)
        except TimeoutError:
            return
        message = ForwardMsg()
        message.ParseFromString(frame)
        self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            if not message.metadata.run.fragment_ids:
                self.texts, self.widgets, self._refresh, self.idle = [], {}, None, False
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._refresh = message.auto_rerun.fragment_id, message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self._refresh = None
        elif kind == "file_urls_response":
            self._file_urls = message.file_urls_response.file_urls[0]
        elif kind == "script_finished":
            if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._end(list(message.metadata.run.fragment_ids))
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._show(message.delta.new_element, message.delta.fragment_id)

    def _end(self, fragments: list[str]) -> None:
        """Note that fragments have run; if it was the whole page, all of it."""
        self.idle = self.idle or not fragments
        for fragment in fragments or ["", *(of for _, of in self.widgets.values() if of)]:
            self._ended[fragment] = self._ended.get(fragment, 0) + 1

    def _show(self, element: Any, fragment: str) -> None:
        kind = element.WhichOneof("type")
        shown = getattr(element, kind)
        for field in ("body", "text", "message", "label"):
            if text := getattr(shown, field, ""):
                self.texts.append((kind, text.replace("\\", "")))  # as it is read, not escaped
        if hasattr(shown, "id") and hasattr(shown, "label"):
            self.widgets[shown.label] = shown.id, fragment


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: Any = ()
) -> tuple[HTTPResponse, bytes]:
    """Return the answer of a server, and its content."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def form(name: str, content: bytes) -> bytes:
    """Return a file as a page sends it."""
    quoted = json.dumps(name)
    head = (
        f"--{BORDER}\r\nContent-Disposition: form-data; name={quoted}; filename={quoted}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{BORDER}--\r\n".encode()
