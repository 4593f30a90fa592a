"""A visitor without a browser: speaks Streamlit's websocket protocol with the app.

It does what the page in a browser does: asks for a page, sets controls and presses buttons, sends
files, keeps what the server says it may keep, and reruns fragments that refresh themselves at the
interval the server names.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

APOLOGY = "Sorry, this part failed."
FINAL = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
)
COOKIE = "_streamlit_xsrf"
FEED = "player_feed"


@dataclass(frozen=True)
class Widget:
    """A control of the page.

    Attributes
    ----------
    id : str
    fragment : str
        Id of the fragment that its use runs again; "" runs the page.
    """

    id: str
    fragment: str


@dataclass(frozen=True)
class Arrival:
    """Data of a component that came, of a player's feed with the number of its frames."""

    when: float
    component: str
    size: int
    frames: int


@dataclass
class Run:
    """A rerun that was asked for: done when the server says that it has ended."""

    fragment: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Session:
    """One visitor of one page.

    Attributes
    ----------
    widgets : dict of str to Widget
        By label; components by name.
    said : list of (str, str)
        The messages of error that the page has shown, each after what it is: "error" for what a
        user can fix, "bug" for an apology or a trace.
    arrivals : list of Arrival
        When data of components came.
    received : int
        Bytes in all.
    """

    def __init__(self, socket: Any, address: str, page: str, query: str) -> None:
        self._socket, self._address = socket, address
        self._page, self._query = page, query
        self._page_hash = ""
        self._id = ""
        self._refresh: tuple[str, float] | None = None
        self._runs: list[Run] = []
        self._values: dict[str, WidgetState] = {}
        self._kept: dict[str, ForwardMsg] = {}
        self._urls: dict[str, asyncio.Future[Any]] = {}
        self.widgets: dict[str, Widget] = {}
        self.said: list[tuple[str, str]] = []
        self.arrivals: list[Arrival] = []
        self.received = 0

    async def open(self, page: str | None = None, query: str = "", timeout: float = 60) -> float:
        """Load a page, the visit's own by default; return the seconds until its script has run."""
        if page is not None:
            self._page, self._query, self._page_hash = page, query, ""
        self.widgets.clear()
        self._values.clear()
        self._refresh = None
        return await self._rerun("", timeout)

    async def click(self, label: str, timeout: float = 60) -> float:
        """Press a button that the page has; return the seconds until the server is done."""
        widget = self.widgets[label]
        pressed = WidgetState(id=widget.id, trigger_value=True)
        return await self._rerun(widget.fragment, timeout, pressed)

    async def choose(self, label: str, value: str | bool | float, timeout: float = 60) -> float:
        """Set a choice, a switch or a number of the page."""
        widget = self.widgets[label]
        kind = {str: "string_value", bool: "bool_value", float: "double_value"}[type(value)]
        self._values[widget.id] = WidgetState(**{"id": widget.id, kind: value})
        return await self._rerun(widget.fragment, timeout)

    async def pick(self, label: str, options: list[str], timeout: float = 60) -> float:
        """Set several choices, or one in a row of buttons."""
        widget = self.widgets[label]
        chosen = WidgetState(id=widget.id)
        chosen.string_array_value.data.extend(options)
        self._values[widget.id] = chosen
        return await self._rerun(widget.fragment, timeout)

    async def commit(self, component: str, state: dict[str, Any], timeout: float = 60) -> float:
        """Set the state of a component, as its script does when a slider is released."""
        widget = self.widgets[component]
        self._values[widget.id] = WidgetState(id=widget.id, json_value=json.dumps(state))
        return await self._rerun(widget.fragment, timeout)

    async def upload(self, label: str, name: str, content: bytes, timeout: float = 60) -> float:
        """Send a file and have the page read it."""
        began = time.perf_counter()
        widget = self.widgets[label]
        message = BackMsg()
        request = message.file_urls_request
        request.request_id, request.session_id = f"{began}", self._id
        request.file_names.append(name)
        answer = self._urls[request.request_id] = asyncio.get_running_loop().create_future()
        await self._socket.send(message.SerializeToString())
        urls = await asyncio.wait_for(answer, timeout)
        await asyncio.to_thread(_put, self._address, urls.upload_url, name, content, timeout)
        state = WidgetState(id=widget.id)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
        self._values[widget.id] = state
        await self._rerun(widget.fragment, timeout)
        return time.perf_counter() - began

    async def stay(self, seconds: float) -> None:
        """Keep the page open; what refreshes itself does so."""
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            if self._refresh is None:
                await asyncio.sleep(min(0.05, end - now))
                continue
            fragment, interval = self._refresh
            await self._ask(fragment, automatic=True)
            await asyncio.sleep(min(interval, end - now))

    async def listen(self) -> None:
        """Take what the server sends, for as long as the connection lasts."""
        async for frame in self._socket:
            message = ForwardMsg()
            message.ParseFromString(frame)
            self.received += len(frame)
            if message.WhichOneof("type") == "ref_hash":
                kept = self._kept[message.ref_hash]
                kept.metadata.CopyFrom(message.metadata)
                message = kept
            elif message.metadata.cacheable:
                self._kept[message.hash] = message
            self._take(message, len(frame))

    async def _rerun(
        self, fragment: str, timeout: float, pressed: WidgetState | None = None
    ) -> float:
        """Run the page or a part of it again and wait until it has; return the seconds."""
        began, run = time.perf_counter(), Run(fragment)
        self._runs.append(run)
        await self._ask(fragment, pressed)
        try:
            await asyncio.wait_for(run.ended.wait(), timeout)
        finally:
            self._runs = [other for other in self._runs if other is not run]
        return time.perf_counter() - began

    async def _ask(
        self, fragment: str, pressed: WidgetState | None = None, *, automatic: bool = False
    ) -> None:
        message = BackMsg()
        script = message.rerun_script
        script.query_string = self._query
        script.page_script_hash = self._page_hash
        script.page_name = "" if self._page_hash else self._page
        script.fragment_id = fragment
        script.is_auto_rerun = automatic
        script.cached_message_hashes.extend(self._kept)
        script.context_info.url = f"{self._address}/{self._page}"
        script.widget_states.widgets.extend(self._values.values())
        if pressed is not None:
            script.widget_states.widgets.append(pressed)
        await self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg, size: int) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._id = message.new_session.initialize.session_id or self._id
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._refresh = message.auto_rerun.fragment_id, message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self._refresh = None
        elif kind == "script_finished" and message.script_finished in FINAL:
            self._end(list(message.metadata.run.fragment_ids))
        elif kind == "file_urls_response":
            answer = message.file_urls_response
            self._urls.pop(answer.response_id).set_result(answer.file_urls[0])
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._show(message.delta.new_element, message.delta.fragment_id, size)

    def _end(self, fragments: list[str]) -> None:
        """The page has run, or these parts of it."""
        for run in self._runs:
            if not fragments or run.fragment in fragments:
                run.ended.set()

    def _show(self, element: Any, fragment: str, size: int) -> None:
        kind = element.WhichOneof("type")
        shown = getattr(element, kind)
        if kind == "exception":
            self.said.append(("bug", shown.message))
        elif kind == "alert" and shown.format == shown.ERROR:
            self.said.append(("bug" if shown.body.startswith(APOLOGY) else "error", shown.body))
        elif kind == "bidi_component":
            name = shown.component_name
            frames = len(json.loads(shown.json)["steps"]) if name == FEED else 0
            self.arrivals.append(Arrival(time.perf_counter(), name, size, frames))
            self.widgets[name] = Widget(shown.id, fragment)
        elif hasattr(shown, "id") and hasattr(shown, "label"):
            self.widgets[shown.label] = Widget(shown.id, fragment)


def check_loopback(url: str) -> None:
    """Raise ValueError unless a URL is http and of this very machine."""
    parts = urlsplit(url)
    try:
        local = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    if parts.scheme != "http" or not local:
        raise ValueError(f"the driver only loads this machine: http://127.0.0.1:PORT, got {url!r}")


@asynccontextmanager
async def visit(url: str, page: str = "", query: str = "") -> AsyncIterator[Session]:
    """Open a page of the app at a loopback address as one visitor."""
    check_loopback(url)
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with websockets.connect(
        address, subprotocols=["streamlit"], max_size=None, ping_interval=None, compression=None
    ) as socket:
        session = Session(socket, url, page, query)
        listening = asyncio.create_task(session.listen())
        try:
            await session.open()
            yield session
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


def _put(address: str, path: str, name: str, content: bytes, timeout: float) -> None:
    """Upload a file as a browser does, with the token against forged requests."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", "/_stcore/health")
        answer = connection.getresponse()
        answer.read()
        token = (answer.getheader("Set-Cookie") or "").partition(f"{COOKIE}=")[2].split(";")[0]
        border = "form-border-of-a-file"
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        connection.request(
            "PUT",
            path,
            head + content + f"\r\n--{border}--\r\n".encode(),
            {
                "Content-Type": f"multipart/form-data; boundary={border}",
                "Cookie": f"{COOKIE}={token}",
                "X-Xsrftoken": token,
            },
        )
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise OSError(f"the upload was refused with status {answer.status}")
    finally:
        connection.close()
