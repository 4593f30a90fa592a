"""A visitor without a browser: speaks Streamlit's websocket protocol with the app.

It does what the page in a browser does: asks for a page, presses buttons, and reruns fragments
that refresh themselves, at the interval the server names.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Session:
    """One visitor of one page.

    Attributes
    ----------
    buttons : dict of str to (str, str)
        Label to the ids of the button and of its fragment ("" if it is in none).
    arrivals : list of (float, str, int)
        When which component's data came, and how many bytes they were.
    """

    def __init__(self, socket: Any, page: str, query: str) -> None:
        self._socket = socket
        self._page, self._query = page, query
        self._page_hash = ""
        self._refresh: tuple[str, float] | None = None
        self._finished = asyncio.Event()
        self.buttons: dict[str, tuple[str, str]] = {}
        self.arrivals: list[tuple[float, str, int]] = []

    async def open(self, timeout: float = 60) -> None:
        """Load the page and wait until its script has run."""
        await self._rerun()
        await asyncio.wait_for(self._finished.wait(), timeout)

    async def click(self, label: str) -> None:
        """Press a button that the page has."""
        button, fragment = self.buttons[label]
        await self._rerun(fragment=fragment, clicked=button)

    async def stay(self, seconds: float) -> None:
        """Keep the page open; what refreshes itself does so."""
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            if self._refresh is None:
                await asyncio.sleep(min(0.05, end - now))
                continue
            fragment, interval = self._refresh
            await self._rerun(fragment=fragment, automatic=True)
            await asyncio.sleep(min(interval, end - now))

    async def listen(self) -> None:
        """Take what the server sends, for as long as the connection lasts."""
        async for frame in self._socket:
            message = ForwardMsg()
            message.ParseFromString(frame)
            self._take(message, len(frame))

    async def _rerun(self, fragment: str = "", clicked: str = "", automatic: bool = False) -> None:
        message = BackMsg()
        script = message.rerun_script
        script.query_string = self._query
        script.page_script_hash = self._page_hash
        script.page_name = "" if self._page_hash else self._page
        script.fragment_id = fragment
        script.is_auto_rerun = automatic
        if clicked:
            state = script.widget_states.widgets.add()
            state.id, state.trigger_value = clicked, True
        await self._socket.send(message.SerializeToString())

    def _take(self, message: ForwardMsg, size: int) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self._refresh = message.auto_rerun.fragment_id, message.auto_rerun.interval
        elif kind == "script_finished":
            self._finished.set()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id, message.delta.fragment_id
            elif element.WhichOneof("type") == "bidi_component":
                name = element.bidi_component.component_name
                self.arrivals.append((time.perf_counter(), name, size))


@asynccontextmanager
async def visit(url: str, page: str, query: str = "") -> AsyncIterator[Session]:
    """Open a page of the app at a loopback address as one visitor."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with websockets.connect(
        address, subprotocols=["streamlit"], max_size=None, ping_interval=None
    ) as socket:
        session = Session(socket, page, query)
        listening = asyncio.create_task(session.listen())
        try:
            await session.open()
            yield session
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
