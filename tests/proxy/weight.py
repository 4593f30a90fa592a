"""Bytes that a page takes over the wire, as Chromium's own inspector counts them."""

from playwright.sync_api import Page


class Weight:
    """Bytes that come to a page from now on.

    Attributes
    ----------
    files : int
        Over HTTP, as they were packed.
    frames : int
        Over websockets.
    requests : int
        That went over the wire.
    """

    def __init__(self, page: Page) -> None:
        self.files = self.frames = self.requests = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._file)
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))

    def _file(self, event: dict[str, float]) -> None:
        self.files += int(event["encodedDataLength"])
        self.requests += event["encodedDataLength"] > 0

    def _frame(self, payload: str | bytes) -> None:
        self.frames += len(payload)
