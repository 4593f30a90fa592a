"""Values of widgets, addresses and frames that no browser would send."""

from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState

HUGE = "x" * 100_000
PAGES = ("", "learn", "boundaries", "collapse", "minority", "centers", "probe", "tune", "compare")
PAGES += ("papers",)

QUERIES = {
    "a megabyte": f"gamma={HUGE * 10}",
    "a megabyte of fields": "&".join(f"f{i}={i}" for i in range(100_000)),
    "no number": "gamma=nan&tau=inf&seed=-1&ratio=1e400&classes=1e9&dim=-5&lr=1e308&steps=-1",
    "code": "gamma=__import__('os')&counts=[1]*10**9&loss=%3Cscript%3Ealert(1)%3C/script%3E",
    "far too many": "counts=" + ",".join(["5"] * 100_000),
    "no text": "data=%00%ff%fe&runs=%ed%a0%80&view=%0d%0aSet-Cookie:a=b",
    "paths": "data=../../../../etc/passwd&runs=../../etc/passwd,C:%5Cwindows",
}


def _numbers(kind: str, values: list[Any]) -> Callable[[str], WidgetState]:
    def state(id: str) -> WidgetState:
        found = WidgetState(id=id)
        getattr(found, kind).data.extend(values)
        return found

    return state


# How a widget may be set wrongly, whatever kind it is.
VALUES: dict[str, Callable[[str], WidgetState]] = {
    "not a number": lambda id: WidgetState(id=id, double_value=nan),
    "infinite": lambda id: WidgetState(id=id, double_value=-inf),
    "far out": lambda id: WidgetState(id=id, int_value=2**62),
    "negative": lambda id: WidgetState(id=id, int_value=-5),
    "text": lambda id: WidgetState(id=id, string_value="<img src=x onerror=alert(1)>"),
    "huge text": lambda id: WidgetState(id=id, string_value=HUGE),
    "a switch": lambda id: WidgetState(id=id, bool_value=True),
    "numbers": _numbers("double_array_value", [nan, inf, 1e308]),
    "no numbers": _numbers("double_array_value", []),
    "whole numbers": _numbers("int_array_value", [99, -1, 2**40]),
    "texts": _numbers("string_array_value", ["no such option"] * 1000),
    "json": lambda id: WidgetState(id=id, json_value='{"a": [1, {"b": NaN}]}'),
    "deep json": lambda id: WidgetState(id=id, json_value="[" * 100_000),
    "no json": lambda id: WidgetState(id=id, json_value="{"),
    "bytes": lambda id: WidgetState(id=id, bytes_value=b"\x80\x05."),
    "nothing": lambda id: WidgetState(id=id),
}


def frames() -> Iterator[tuple[str, bytes | str]]:
    """Frames that are no messages."""
    yield "garbage", b"\xff" * 1000
    yield "a pickle", b"\x80\x05cos\nsystem\n."
    yield "text", "hello"
    yield "empty", b""
    yield "oversize", bytes(60 * 2**20)
