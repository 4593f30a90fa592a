"""UMAP behind the feature map: shipped, or computed in the background, then at hand."""

from functools import partial
from time import monotonic
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.probe.embedding import UmapSpec, digest, embedding
from app.probe.feature_maps import shipped_map
from app.runs import Run
from app.ui.held import Held, held
from app.ui.jobs import private_runner
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.words import PAGE
from app.ui.text import plain

UPDATE_SECONDS = 1.0
_PLACE = f"{PAGE}:umap"
_BEGAN = f"{PAGE}:umap_began"
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
        found = _computed(asked, features)
        if found.active:
            st.fragment(partial(_wait, found), run_every=UPDATE_SECONDS)()
            return None
        known = found.run
        if known is None:
            st.error(plain(found.problem or "UMAP gave nothing."))
            return None
        if not is_own(spec):
            _bundled_maps()[asked.id] = known
    return _found(known, "Computed here")


def _found(run: Run, how: str) -> UmapFound:
    asked = run.spec
    assert isinstance(asked, UmapSpec)
    settings = f"{asked.neighbors} neighbours, least distance {asked.min_dist:g}"
    words = f"{how}: {settings}, seed {asked.seed}."
    return UmapFound(np.asarray(run.arrays["points"]), words)


def _computed(asked: UmapSpec, features: Points) -> Held[UmapSpec]:
    """Return what this session has of the map of these rows, which begins if need be."""
    found = held(_PLACE, asked, stored=False)
    if found.job is None or found.job.state == "stopped":
        found.begin(lambda spec: embedding(spec, features), private_runner())
        st.session_state[_BEGAN] = monotonic()
    return found


@st.cache_resource(show_spinner=False)
def _bundled_maps() -> dict[str, Run]:
    """Maps of bundled sets that ship without one, for all sessions."""
    return {}


def _wait(found: Held[UmapSpec]) -> None:
    if not found.active:
        st.rerun()
    seconds = monotonic() - st.session_state[_BEGAN]
    st.info(
        f"UMAP compiles and fits in the background: {seconds:.0f} s so far, up to a "
        "minute in all. Until then this is PCA."
    )
