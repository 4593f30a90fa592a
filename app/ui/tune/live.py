"""The live curves of /tune: a cursor that moves over exact data without the server."""

from functools import cache
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.tune import TuneSpec
from app.tune.by_hand import parameter_of
from app.ui.bundle import style
from app.ui.modules import loader
from app.ui.text import plain
from app.ui.tune.words import PAGE

_KEY = f"{PAGE}:live"
_COMMITTED = f"{PAGE}:committed"


@cache
def _component() -> ComponentRenderer:
    """Register the component once."""
    return st.components.v2.component(
        "live_tune",
        html='<div class="tune"></div>',
        css=style("live_tune.css"),
        js=loader("live_tune.js"),
    )


def live_curves(data: dict[str, Any]) -> None:
    """Draw the curves; a parameter released in them is what `chosen_value` gives next."""

    def keep() -> None:
        st.session_state[_COMMITTED] = st.session_state[_KEY]["commit"]

    _component()(key=_KEY, data=data, on_commit_change=keep)


def chosen_value(spec: TuneSpec, names: tuple[str, ...]) -> dict[str, float | None]:
    """Return the chosen value as a setting: the one just released, else as it was.

    One that does not fit the bounds or the adjuster in focus gives way to the tuned optimum.
    """
    value = _released(st.session_state.pop(_COMMITTED, None), spec)
    if value is None or spec.focus not in names or parameter_of(spec.focus) is None:
        return {"value": None}
    if not spec.low <= value <= spec.high:
        words = (
            f"{parameter_of(spec.focus)} = {value:g} is not between {spec.low:g} and {spec.high:g}"
        )
        st.warning(plain(f"The chosen {words}: using the tuned optimum."))
        return {"value": None}
    return {"value": value}


def _released(sent: object, spec: TuneSpec) -> float | None:
    """What the browser sent, if it is a number for the adjuster in focus, or None for none."""
    if not isinstance(sent, dict) or sent.get("focus") != spec.focus:
        return spec.value
    value = sent.get("value")
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and spec.low <= value <= spec.high else spec.value
