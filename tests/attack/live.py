"""Attacks on a running server, one visitor attacking while another one goes on working."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from app.data import BROWSER, write_template
from tests.attack.memory import Watch
from tests.attack.messages import PAGES, QUERIES, VALUES, frames
from tests.attack.uploads import CASES
from tests.load.session import Session, visit

DROP_ZONE = "Logits of your classifier on labelled data it was not trained on"
TRACE = ("Traceback", 'File "', "/site-packages/", "streamlit.errors", "Error:")


@dataclass
class Tally:
    """How attacks went.

    Attributes
    ----------
    inputs, answered : int
        Attacks, and those of them that were answered as promised.
    worst_seconds : float
        Of the slowest answer.
    failed : list of str
        What was not.
    """

    inputs: int = 0
    answered: int = 0
    worst_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, seconds: float, problem: str) -> None:
        self.inputs += 1
        self.worst_seconds = round(max(self.worst_seconds, seconds), 3)
        if problem:
            self.failed.append(f"{name}: {problem}")
        else:
            self.answered += 1

    def shown(self) -> dict[str, Any]:
        return vars(self)


async def attack_everything(
    url: str, process: int | None, say: Callable[[str], None]
) -> dict[str, Any]:
    """Attack with files, values, addresses and frames; return a summary to print."""
    watch = Watch(process)
    async with visit(url, "tune") as session:
        await asyncio.sleep(5)  # a server that has just started
        for kind in ("csv", "pt"):  # their libraries are imported with the first such file
            await _answer(url, session, write_template(kind))
    async with _neighbour(url) as seconds:
        files = await _throw_files(url, watch, say)
        values = await _throw_values(url, say)
        addresses = await _throw_addresses(url, say)
        closed = await _throw_frames(url, say)
    watch.stop()
    limit = BROWSER.file_bytes
    return {
        "files": files.shown() | {"worst_memory_multiple": round(watch.worst / limit, 2)},
        "values": values.shown(),
        "addresses": addresses.shown(),
        "frames": closed.shown(),
        "neighbour": {
            "visits": len(seconds),
            "p95_seconds": round(sorted(seconds)[int(0.95 * len(seconds))], 3),
            "worst_seconds": round(max(seconds), 3),
        },
    }


@asynccontextmanager
async def _neighbour(url: str) -> AsyncIterator[list[float]]:
    """Another visitor, who runs a page again and again; how long each took."""
    seconds: list[float] = []

    async def work() -> None:
        async with visit(url, "papers") as session:
            while True:
                seconds.append(await session.open())
                await asyncio.sleep(0.2)

    task = asyncio.create_task(work())
    try:
        yield seconds
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _throw_files(url: str, watch: Watch, say: Callable[[str], None]) -> Tally:
    tally = Tally()
    for name, (made, _) in CASES.items():
        data = made if isinstance(made, bytes) else await asyncio.to_thread(made)
        async with visit(url, "tune") as session:
            watch.begin()
            took = await _answer(url, session, data)
            watch.end()
            problem = _judge(session.said) or ("" if took < 2 else f"{took:.1f} s")
            tally.add(name, took, problem)
            say(f"{took:6.2f} s  {name}: {problem} {session.said}")
    return tally


async def _answer(url: str, session: Session, data: bytes) -> float:
    """Send a file; return the seconds from its arrival to the end of the answer."""
    message = BackMsg()
    message.file_urls_request.request_id = "file"
    message.file_urls_request.file_names.append("upload.csv")
    answer = session._urls["file"] = asyncio.get_running_loop().create_future()
    await session._socket.send(message.SerializeToString())
    urls = await asyncio.wait_for(answer, 20)
    await asyncio.to_thread(_put, url, urls.upload_url, data)
    state = WidgetState(id=session.widgets[DROP_ZONE].id)
    state.file_uploader_state_value.uploaded_file_info.add(
        name="upload.csv", size=len(data), file_id=urls.file_id, file_urls=urls
    )
    session._values[state.id] = state
    return await session._rerun("", 60)


def _put(url: str, path: str, data: bytes) -> None:
    """Upload a file as a browser does, with the token against forged requests."""
    with requests.Session() as client:
        client.get(f"{url}/_stcore/health", timeout=20)
        token = {"X-Xsrftoken": client.cookies["_streamlit_xsrf"]}
        files = {"file": ("upload.csv", data)}
        client.put(f"{url}{path}", files=files, headers=token, timeout=120).raise_for_status()


def _judge(answers: list[tuple[str, str]]) -> str:
    """What is wrong with the answer to a file that cannot be used; "" if nothing."""
    if any(kind == "bug" for kind, _ in answers):
        return f"a bug: {answers}"
    if not answers:
        return "no answer"
    if any(". " in text.rstrip() for _, text in answers):
        return f"more than a sentence: {answers}"
    return _leak(answers)


def _leak(answers: list[tuple[str, str]]) -> str:
    leaks = [part for part in TRACE for _, text in answers if part in text]
    return f"a trace: {leaks}" if leaks else ""


async def _throw_values(url: str, say: Callable[[str], None]) -> Tally:
    """Set every widget of every page to every wrong value, one value at a time for all of them."""
    tally = Tally()
    for page in PAGES:
        for name, wrong in VALUES.items():
            problem, began, said = "", time.perf_counter(), []
            try:
                async with visit(url, page) as session:
                    ids = [widget.id for widget in session.widgets.values() if widget.id]
                    for id in (*ids, "$$ID-no-such-widget-None"):
                        session._values[id] = wrong(id)
                    said = session.said
                    await session._rerun("", 20)
            except (OSError, TimeoutError, websockets.ConnectionClosed) as error:
                problem = f"no answer ({type(error).__name__})"
            problem = problem or _leak(said)
            tally.add(f"/{page}, {name}", time.perf_counter() - began, problem)
            say(f"/{page}, {name}: {problem} {said}")
    return tally


async def _throw_addresses(url: str, say: Callable[[str], None]) -> Tally:
    tally = Tally()
    for page in PAGES:
        for name, query in QUERIES.items():
            problem, began, said = "", time.perf_counter(), []
            try:
                async with asyncio.timeout(30), visit(url, page, query) as session:
                    said = session.said
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                problem = f"no answer ({type(error).__name__})"
            bugs = [text for kind, text in said if kind == "bug"]
            problem = problem or (f"a bug: {bugs}" if bugs else _leak(said))
            tally.add(f"/{page}, {name}", time.perf_counter() - began, problem)
            say(f"/{page}, {name}: {problem} {[text[:200] for _, text in said]}")
    return tally


async def _throw_frames(url: str, say: Callable[[str], None]) -> Tally:
    """Whoever sends what is no message loses the connection, and nobody else does."""
    tally = Tally()
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    for name, frame in frames():
        began, problem = time.perf_counter(), ""
        async with websockets.connect(
            address, subprotocols=["streamlit"], max_size=None, compression=None
        ) as socket:
            try:
                await socket.send(frame)
                async with asyncio.timeout(10):
                    async for answer in socket:
                        if any(part.encode() in bytes(answer) for part in TRACE):
                            problem = "a trace"
            except TimeoutError:
                pass  # ignored, which is as good
            except websockets.ConnectionClosed:
                pass
        tally.add(name, time.perf_counter() - began, problem)
        say(f"{name}: {problem or 'closed or ignored'}")
    return tally
