"""Where to go on with a run: other pages, its files, its Python."""

import json
from collections.abc import Callable

import streamlit as st

from app.runs import Run, run_bytes
from app.spec import Spec


def draw_hand_over(
    page: str, spec: Spec, run: Run | None, code: str, ways: Callable[[], None] | None = None
) -> None:
    """Draw the files of a run and its settings in a row, and below it the Python that repeats it.

    Parameters
    ----------
    page : str
    spec : Spec
        What was computed.
    run : Run or None
        Once there is one.
    code : str
    ways : callable, optional
        Draws links to other pages, which come first.
    """
    st.subheader("Take it on", anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if ways is not None:
            ways()
        if run is not None:
            st.download_button(
                "Run (.safetensors)",
                lambda: run_bytes(run),
                file_name=f"{spec.id}.safetensors",
                key=f"{page}:run_file",
                on_click="ignore",
            )
        st.download_button(
            "Spec (.json)",
            lambda: spec_text(spec),
            file_name=f"{spec.id}.json",
            key=f"{page}:spec_file",
            on_click="ignore",
        )
    with st.expander("Python"):
        st.code(code, language="python")


def spec_text(spec: Spec) -> str:
    """Return settings as JSON, as `python -m app run` reads them."""
    content = {"kind": type(spec).__name__, "spec": spec.model_dump(mode="json")}
    return json.dumps(content, indent=1)
