"""What every request passes before Streamlit sees it: headers for browsers, room for uploads.

Streamlit has no options for either. It keeps every file that is sent to a session, whether a
page asked for it or not, until the session ends; its page of metrics is open to everybody; and it
lets every visitor clear the caches of all, for which its own page has a key in development.
"""

import base64
import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

import streamlit
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import Runtime

from app.data.admission import share
from app.data.limits import MEBIBYTE


def _inline_scripts() -> str:
    """Digests of the scripts within Streamlit's own page, which alone may run of such."""
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts)
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)


# Nothing comes from another host and no script from the text of a page, so that text which
# became markup could neither run nor send anything. Streamlit needs inline styles, and modules
# made of text (blob:) for components.
POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' blob: 'wasm-unsafe-eval' {_inline_scripts()}",
        "style-src 'self' 'unsafe-inline' blob:",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
SESSION_FILES = 20
"""Files that one session may keep on the server."""
_CLOSED = ("/_stcore/metrics", "/_stcore/agent/")
_COMMANDS = (
    "clear_cache",
    "set_run_on_save",
    "load_git_info",
    "debug_disconnect_websocket",
    "debug_shutdown_runtime",
)
_UPLOAD = "/_stcore/upload_file/"


class Gate:
    """Sets `HEADERS`, closes the page of metrics, and refuses files beyond the room for them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "websocket":
            await self._app(scope, _without_commands(receive), send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._answer(scope, receive, send_with_headers)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if any(closed in path for closed in _CLOSED):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        elif scope["method"] == "PUT" and _UPLOAD in path:
            await self._upload(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["path"].rpartition(_UPLOAD)[2].partition("/")[0]
        count = _announced(scope)
        if refusal := self._refusal(session, count):
            await PlainTextResponse(refusal, 413)(scope, receive, send)
            return
        self._arriving[session] += count
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving[session] -= count
            self._arriving += Counter()  # forgets sessions of which nothing arrives

    def _refusal(self, session: str, count: int) -> str:
        kept = _kept()
        mine = kept.get(session, [])
        if len(mine) >= SESSION_FILES:
            return f"A session may keep {SESSION_FILES} files here; remove some."
        most = 2 * config.get_option("server.maxUploadSize") * MEBIBYTE
        if sum(mine) + self._arriving[session] + count > most:
            return f"A session may keep {most // MEBIBYTE} MB of files here; remove some."
        taken = sum(map(sum, kept.values())) + self._arriving.total()
        if taken + count > share():
            return f"All sessions together may keep {share() // MEBIBYTE} MB here; try later."
        return ""


def _without_commands(receive: Receive) -> Receive:
    """Leave out messages that are for the developer of an app, and for no visitor."""

    async def receive_others() -> Message:
        while True:
            message = await receive()
            if not _is_command(message):
                return message

    return receive_others


def _is_command(message: Message) -> bool:
    content = BackMsg()
    try:
        content.ParseFromString(message.get("bytes") or b"")
    except DecodeError:
        return False  # Streamlit closes the connection
    return content.WhichOneof("type") in _COMMANDS


def _announced(scope: Scope) -> int:
    """Bytes of the body; the most that Streamlit takes if that is not said."""
    most: int = config.get_option("server.maxUploadSize") * MEBIBYTE
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return min(int(said), most) if said.isdigit() and len(said) < 20 else most


def _kept() -> dict[str, list[int]]:
    """Sizes of the files of every session."""
    if not Runtime.exists():
        return {}
    storage: dict[str, dict[str, Any]] = getattr(
        Runtime.instance().uploaded_file_mgr, "file_storage", {}
    )
    return {
        session: [len(record.data) for record in list(files.values())]
        for session, files in list(storage.items())
    }
