"""UMAP behind the feature map: shipped, or computed in the background, then at hand."""

from functools import partial
from time import monotonic
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.probe.embedding import UmapSpec, digest, embedding
from app.probe.feature_maps import shipped_map
from app.runs import Job, Run
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import private_runner
from app.ui.probe.words import PAGE
from app.ui.text import plain

UPDATE_SECONDS = 1.0
_HELD = f"{PAGE}:umap"
_ACTIVE = ("queued", "running")
Points = NDArray[np.floating]


class UmapFound(NamedTuple):
    """Coordinates (N, 2), and how they came about, in a sentence."""

    points: Points
    words: str


def umap_points(spec: ProbePageSpec, features: Points) -> UmapFound | None:
    """Return the coordinates once they are known; until then say how long it has taken."""
    asked = UmapSpec(rows=digest(features))
    known = shipped_map(asked)
    if known is not None:
        return _found(known, f"Precomputed with umap-learn {known.provenance['umap-learn']}")
    known = _bundled_maps().get(asked.id)
    if known is None:
        job, began = _job(asked, features)
        if job.state in _ACTIVE:
            st.fragment(partial(_wait, job, began), run_every=UPDATE_SECONDS)()
            return None
        if job.run is None:
            st.error(plain(job.problem or "UMAP gave nothing."))
            return None
        known = job.run
        if not is_own(spec):
            _bundled_maps()[asked.id] = known
    return _found(known, "Computed here")


def _found(run: Run, how: str) -> UmapFound:
    asked = run.spec
    assert isinstance(asked, UmapSpec)
    settings = f"{asked.neighbors} neighbours, least distance {asked.min_dist:g}"
    words = f"{how}: {settings}, seed {asked.seed}."
    return UmapFound(np.asarray(run.arrays["points"]), words)


def _job(asked: UmapSpec, features: Points) -> tuple[Job, float]:
    """Return this session's job of these rows, and since when."""
    held: tuple[UmapSpec, Job, float] | None = st.session_state.get(_HELD)
    if held is None or held[0] != asked or held[1].state == "stopped":
        job = private_runner().submit(asked, lambda spec: embedding(spec, features))
        held = st.session_state[_HELD] = (asked, job, monotonic())
    return held[1], held[2]


@st.cache_resource(show_spinner=False)
def _bundled_maps() -> dict[str, Run]:
    """Maps of bundled sets that ship without one, for all sessions."""
    return {}


def _wait(job: Job, began: float) -> None:
    if job.state not in _ACTIVE:
        st.rerun()
    st.info(
        f"UMAP compiles and fits in the background: {monotonic() - began:.0f} s so far, up to a "
        "minute in all. Until then this is PCA."
    )
