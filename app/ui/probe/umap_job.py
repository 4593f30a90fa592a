"""UMAP behind the feature map: asked for once, computed in the background, then at hand."""

from collections.abc import Iterator
from functools import partial
from time import monotonic

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from pydantic import Field

from app.runs import Job, Snapshot
from app.spec import Spec
from app.ui.probe.data import is_own
from app.ui.probe.embedding import embed
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import private_runner
from app.ui.probe.words import PAGE
from app.ui.text import plain

UPDATE_SECONDS = 1.0
_HELD = f"{PAGE}:umap"
_ACTIVE = ("queued", "running")
Points = NDArray[np.floating]


class UmapSpec(Spec):
    """Whose test rows are embedded."""

    data: str = Field("fashion-lt", min_length=1, max_length=80)


def umap_points(spec: ProbePageSpec, features: Points) -> Points | None:
    """Return the coordinates once they are known; until then say how long it has taken."""
    asked = UmapSpec(data=spec.data)
    known: Points | None = _bundled_maps().get(asked.data)
    if known is not None:
        return known
    job, began = _job(asked, features)
    if job.state in _ACTIVE:
        st.fragment(partial(_wait, job, began), run_every=UPDATE_SECONDS)()
        return None
    if job.run is None:
        st.error(plain(job.problem or "UMAP gave nothing."))
        return None
    points = np.asarray(job.run.arrays["points"])
    if not is_own(spec):
        _bundled_maps()[asked.data] = points
    return points


def _job(asked: UmapSpec, features: Points) -> tuple[Job, float]:
    """Return this session's job of these data, and since when."""
    held: tuple[UmapSpec, Job, float] | None = st.session_state.get(_HELD)
    if held is None or held[0] != asked or held[1].state == "stopped":
        job = private_runner().submit(asked, lambda _: _embedded(features))
        held = st.session_state[_HELD] = (asked, job, monotonic())
    return held[1], held[2]


def _embedded(features: Points) -> Iterator[Snapshot]:
    yield Snapshot(0, {"points": embed(features)}, {})


@st.cache_resource(show_spinner=False)
def _bundled_maps() -> dict[str, Points]:
    """Coordinates of bundled sets, for all sessions."""
    return {}


def _wait(job: Job, began: float) -> None:
    if job.state not in _ACTIVE:
        st.rerun()
    st.info(
        f"UMAP compiles and fits in the background: {monotonic() - began:.0f} s so far, up to a "
        "minute in all. Until then this is PCA."
    )
