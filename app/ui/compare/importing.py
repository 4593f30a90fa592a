"""A run that somebody sent, taken in."""

import streamlit as st
from streamlit import config

from app.errors import UserError
from app.runs import RunStore
from app.runs.receive import LARGEST_FILE, keep, received
from app.ui.compare.kinds import check_shapes, title_of
from app.ui.compare.spec import MAX_RUNS, CompareSpec
from app.ui.compare.words import PAGE
from app.ui.specs import store as set_spec
from app.ui.specs import with_values
from app.ui.text import plain

MOST_IMPORTS = 20
"""Runs that one session may send: they stay, and there is room for a bounded number of all."""
_ROUND, _SAID, _SENT = f"{PAGE}:round", f"{PAGE}:said", f"{PAGE}:sent"
_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


def draw_import(spec: CompareSpec, kept: RunStore) -> None:
    """Draw the place for a file; a run that comes in is stored and ticked."""
    state = st.session_state
    with st.expander("Add a run that somebody sent"):
        file = st.file_uploader(
            "A run's .safetensors file",
            key=f"{PAGE}:file:{state.get(_ROUND, 0)}",
            max_upload_size=LARGEST_FILE // 2**20,
            help="As downloaded here or from the page of the run. It is checked and stored on "
            "this machine, under the id of its settings; the name of the file does not matter.",
        )
        if file is not None:
            sent: set[str] = state.setdefault(_SENT, set())
            try:
                if len(sent) >= MOST_IMPORTS:
                    raise UserError(f"one visit may add {MOST_IMPORTS} runs, and this one has.")
                id = take_in(file.getvalue(), kept)
            except UserError as error:
                st.error(plain(str(error)))
                return
            sent.add(id)
            # Without its file, or every rerun would take it in again.
            state[_ROUND] = state.get(_ROUND, 0) + 1
            state[_SAID] = f"Stored {title_of(kept.load(id).spec)}, and ticked it in the table."
            # A link may have named it before it was here.
            others = tuple(run for run in spec.runs if run != id)
            runs = (*others, id) if len(others) < MAX_RUNS else (id,)
            set_spec(
                PAGE,
                with_values(spec, {"runs": runs, "kind": "any", "loss": "any", "ratio": "any"}),
            )
            st.rerun()
    if said := state.pop(_SAID, None):
        st.success(plain(said))


def may_delete(id: str) -> bool:
    """Whether this visitor may delete a run that did not come with the app.

    On one's own machine any of them; on a server that others visit too, those of this visit's
    files. A server behind a proxy is such a one, wherever it listens itself.
    """
    own = config.get_option("server.address") in ("localhost", "127.0.0.1", "::1")
    forwarded = any(name in st.context.headers for name in _FORWARDED)
    return (own and not forwarded) or id in st.session_state.get(_SENT, set())


def take_in(content: bytes, kept: RunStore) -> str:
    """Check a file and store its run; return the id.

    Raises
    ------
    UserError
        If it cannot be used, or is stored already.
    """
    run = received(content)
    check_shapes(run)
    keep(run, kept)
    return run.spec.id
