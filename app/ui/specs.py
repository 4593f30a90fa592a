"""Controls bound to the fields of a Spec, and the Spec bound to the URL.

A page opens its spec once (`open_spec`), draws controls for some of its fields (`control`) and
closes it (`close_spec`), which gives the settings as they now are and writes them into the
address. Values survive a change of page; a link always wins over what was there.
"""

from typing import Any, TypeVar

import numpy as np
import streamlit as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app.spec import Spec, bounds, item_type, options, plain_type, to_text
from app.ui.glossary import explained
from app.ui.text import plain

S = TypeVar("S", bound=Spec)

VIEW = "view"
LOG_MARKS = 61


def open_spec(kind: type[S], page: str, presets: dict[str, Any] | None = None) -> S:
    """Return the page's settings: from its link on arrival, else as they were left.

    Sentences about values that the link may not have are shown.

    Parameters
    ----------
    kind : type of Spec
    page : str
        Name that keeps the settings of pages apart.
    presets : dict, optional
        Starting values of fields that the link does not name.
    """
    state = st.session_state
    known, told = kind.upgrade(dict(st.query_params.items()))
    arrived = f"{page}:query"
    if f"{page}:spec" not in state or (known and state.get(arrived) != known):
        start = {name: to_text(value) for name, value in (presets or {}).items()}
        # The presets may not fit what the link does name.
        tried = [kind.from_texts(texts) for texts in (start | known, known)]
        spec, problems = min(tried, key=lambda found: len(found[1]))
        state[f"{page}:problems"] = told + problems
        store(page, spec)
    state[arrived] = known
    state[f"{page}:presets"] = tuple(presets or ())
    for problem in state.get(f"{page}:problems", []):
        st.warning(plain(problem))
    opened: S = state[f"{page}:spec"]
    return opened


def current_spec(kind: type[S], page: str) -> S:
    """Return the page's settings as they now are; it has been opened."""
    spec = st.session_state[f"{page}:spec"]
    assert isinstance(spec, kind)
    return spec


def store(page: str, spec: Spec) -> None:
    """Make these the page's settings, and what its controls show."""
    st.session_state[f"{page}:spec"] = spec
    st.session_state[f"{page}:changed"] = {}


def with_values(spec: S, values: dict[str, Any]) -> S:
    """The spec with some fields changed, checked."""
    return type(spec)(**(spec.model_dump() | values))


def control(
    spec: Spec,
    page: str,
    name: str,
    labels: dict[Any, str] | None = None,
    allowed: tuple[Any, ...] | None = None,
) -> Any:
    """Draw the control of one field and return its value.

    The type decides which control: a choice, several choices, a switch or a number; title and
    help are the field's.

    Parameters
    ----------
    spec : Spec
        Current settings.
    page : str
    name : str
        Field.
    labels : dict, optional
        Words for the options of a choice.
    allowed : tuple, optional
        Options offered, if not all make sense for the data.
    """
    field = type(spec).model_fields[name]
    kind, title, words = plain_type(field.annotation), field.title or name, labels or {}
    wanted = st.session_state.get(f"{page}:changed", {}).get(name, getattr(spec, name))
    shared: dict[str, Any] = {
        "key": _key(page, name),
        "help": explained(field.description or "", title, *words.values()),
        "on_change": _note,
        "args": (page, name),
    }
    if (inner := item_type(kind)) in (int, float):
        return _numbers(spec, page, name, inner, wanted, shared)
    if inner is not None:
        offered = allowed or options(inner) or ()
        _show(page, name, [v for v in wanted if v in offered])
        chosen = st.pills(
            title,
            offered,
            selection_mode="multi",
            format_func=lambda v: words.get(v, str(v)),
            **shared,
        )
        # What the data do not allow is kept: other data may.
        hidden = [v for v in getattr(spec, name) if v not in offered]
        return tuple(v for v in options(inner) or () if v in chosen or v in hidden)
    if (choices := allowed or options(kind)) is not None:
        _show(page, name, wanted if wanted in choices else choices[0])
        return st.selectbox(title, choices, format_func=lambda v: words.get(v, str(v)), **shared)
    _show(page, name, wanted)
    if kind is bool:
        return st.toggle(title, **shared)
    if kind in (int, float):
        return _number(field, title, kind, shared)
    return st.text_input(title, max_chars=_longest(field), **shared)


def log_slider(
    spec: Spec, page: str, name: str, low: float, high: float, title: str | None = None
) -> float:
    """Draw a slider on a logarithmic scale for one field and return its value.

    Parameters
    ----------
    spec, page, name
        As for `control`.
    low, high : float
        Ends of the slider, within the bounds of the field.
    title : str, optional
        Instead of the field's own.
    """
    field, key = type(spec).model_fields[name], f"{page}:{name}:mark"
    title = title or field.title or name
    wanted: float = st.session_state.get(f"{page}:changed", {}).get(name, getattr(spec, name))
    marks = [float(f"{mark:.3g}") for mark in np.geomspace(low, high, LOG_MARKS)]
    if wanted not in marks:
        # Of a link, for example: a mark of its own, for as long as the page is open.
        st.session_state[key] = wanted
    if key in st.session_state:
        marks = sorted({*marks, st.session_state[key]})
    _show(page, name, wanted)
    chosen = st.select_slider(
        title,
        marks,
        format_func=lambda mark: f"{mark:.3g}",
        key=_key(page, name),
        help=explained(field.description or "", title),
        on_change=_note,
        args=(page, name),
    )
    return float(chosen)


def _note(page: str, name: str) -> None:
    """Keep what the user has set a control to until the settings hold it.

    What Streamlit keeps of a control is not enough: a control that was not drawn for a while,
    on another page or in the projector view, comes back with a value of long ago.
    """
    st.session_state[f"{page}:changed"][name] = st.session_state[_key(page, name)]


def _show(page: str, name: str, value: Any) -> None:
    """Let the control show a value; left alone if it does, so that it never jumps."""
    key = _key(page, name)
    shown = st.session_state.get(key)
    if isinstance(value, list) and isinstance(shown, list):
        same = set(shown) == set(value)
    else:
        same = key in st.session_state and shown == value
    if not same:
        st.session_state[key] = value


def close_spec(spec: S, page: str, values: dict[str, Any]) -> S:
    """Return the settings with the controls' values, and write them into the address.

    If they do not fit together the reason is shown and the last good settings stay in force.
    """
    try:
        spec = with_values(spec, values)
        for name in values:
            st.session_state[f"{page}:changed"].pop(name, None)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        st.error(f"{plain(reason)}: the last settings that fit are still in force.")
    st.session_state[f"{page}:spec"] = spec
    _write(spec, page)
    return spec


def _write(spec: Spec, page: str) -> None:
    """Put every field into the address that an address without it would not restore."""
    short = spec.to_short_query(st.session_state.get(f"{page}:presets", ()))
    query = short | {k: v for k, v in st.query_params.items() if k == VIEW}
    if dict(st.query_params.items()) != query:
        st.query_params.from_dict(query)
    st.session_state[f"{page}:query"] = {k: v for k, v in short.items() if k != "v"}


def _number(field: FieldInfo, title: str, kind: type, shared: dict[str, Any]) -> Any:
    """A number; "step" and "format" of the field's json_schema_extra say how it is shown."""
    low, high = bounds(field)
    shown: Any = field.json_schema_extra or {}
    return st.number_input(
        title,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        step=1 if kind is int else shown.get("step", 0.1),
        format="%d" if kind is int else shown.get("format", "%.2f"),
        placeholder="automatic" if field.default is None else None,
        **shared,
    )


def _numbers(
    spec: Spec, page: str, name: str, inner: type, wanted: Any, shared: dict[str, Any]
) -> tuple[Any, ...]:
    """Several numbers as one line of text; if it is not that, the numbers before it."""
    title = type(spec).model_fields[name].title or name
    _show(page, name, wanted if isinstance(wanted, str) else to_text(wanted))
    text = st.text_input(title, **shared)
    try:
        return tuple(inner(part) for part in text.replace(" ", "").split(",") if part)
    except ValueError:
        kinds = "whole numbers" if inner is int else "numbers"
        st.error(f"{title} must be {kinds} separated by commas: the last good ones are in force.")
        return tuple(getattr(spec, name))


def _longest(field: FieldInfo) -> int | None:
    return next((m.max_length for m in field.metadata if hasattr(m, "max_length")), None)


def _key(page: str, name: str) -> str:
    return f"{page}.{name}"
