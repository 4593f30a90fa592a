"""The controls of /probe: data, methods, protocol, training."""

from typing import Any

import streamlit as st

from app.data.features import FeatureSet
from app.probe import METHODS, SELECTION_WORDS, MethodName
from app.spec import to_text
from app.ui.glossary import explained
from app.ui.probe.data import draw_data
from app.ui.probe.noted import note, shown
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.words import (
    DEVICE_WORDS,
    DTYPE_WORDS,
    FAMILIES,
    METRIC_WORDS,
    PAGE,
    PROFILE_WORDS,
    SCHEDULE_WORDS,
    SHORT_NAMES,
)
from app.ui.specs import control


def draw_controls(spec: ProbePageSpec, data: FeatureSet) -> dict[str, Any]:
    """Draw the controls that matter for the settings as they are, and return their values."""
    values: dict[str, Any] = {}

    def draw(
        name: str, words: dict[Any, str] | None = None, allowed: tuple[Any, ...] | None = None
    ) -> None:
        values[name] = control(spec, PAGE, name, words, allowed)

    with st.expander("Data", expanded=True):
        draw_data(spec)
        if spec.ratio is not None:
            draw("profile", PROFILE_WORDS)
            draw("stage1_decay")
    with st.expander(f"Methods ({len(spec.methods)})", expanded=True):
        _draw_methods(spec)
    with st.expander("Protocol", expanded=True):
        words = {name: f"{text[0].upper()}{text[1:]}" for name, text in SELECTION_WORDS.items()}
        without = None if data.val is not None else ("last", "best-on-test")
        draw("selection", words, without)
        draw("metric", METRIC_WORDS)
        for name in ("seeds", "epochs"):
            draw(name)
    with st.expander("Training", expanded=False):
        _draw_training(spec, draw)
    return values


def _draw_training(spec: ProbePageSpec, draw: Any) -> None:
    if "la" in spec.methods:
        draw("tau")
    for name in ("learning_rates", "weight_decays"):
        _draw_numbers(spec, name)
    for name in ("batch_size", "momentum"):
        draw(name)
    draw("schedule", SCHEDULE_WORDS)
    draw("seed")
    draw("dtype", DTYPE_WORDS)
    draw("device", DEVICE_WORDS)


def _draw_numbers(spec: ProbePageSpec, name: str) -> None:
    """Several bounded numbers as one line of text; the settings refuse what they do not allow."""
    field, key = ProbePageSpec.model_fields[name], shown(name, to_text(getattr(spec, name)))
    st.text_input(
        field.title or name,
        key=key,
        help=field.description,
        placeholder="each method's own",
        on_change=lambda: note({name: _parts(st.session_state[key])}),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(" ", "").split(",") if part)


def _draw_methods(spec: ProbePageSpec) -> None:
    for number, (family, names) in enumerate(FAMILIES.items()):
        key = shown(f"methods.{number}", [name for name in names if name in spec.methods])
        st.pills(
            family,
            names,
            selection_mode="multi",
            key=key,
            help=explained("", *(SHORT_NAMES[name] for name in names)),
            format_func=lambda name: SHORT_NAMES[name],
            on_change=lambda: note({"methods": _ticked()}),
        )


def _ticked() -> tuple[MethodName, ...]:
    """What all families together have ticked, in the order of the table of methods."""
    chosen = [n for i in range(len(FAMILIES)) for n in st.session_state[f"{PAGE}.methods.{i}"]]
    return tuple(name for name in METHODS if name in chosen)
