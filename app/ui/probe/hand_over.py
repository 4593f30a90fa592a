"""Where to go on with a comparison: /tune, files, code."""

from functools import partial

import streamlit as st

from app.data.features import FeatureSet
from app.probe.methods import METHODS
from app.probe.posthoc import is_vote
from app.ui.hand_over import draw_hand_over
from app.ui.probe.code import python_code
from app.ui.probe.data import cut, is_own, title_of
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.upload import upload_of
from app.ui.probe.words import PAGE, SHORT_NAMES
from app.ui.tune.data import hand_over
from app.ui.ways import PAGES


def draw_ways_on(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw the way to /tune, the files and the code."""
    comparison = spec.comparison()
    code = python_code(comparison, own=is_own(spec))
    draw_hand_over(PAGE, comparison, seen.run, code, partial(_draw_send, spec, data, seen))


def _draw_send(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> None:
    comparison, name = spec.comparison(), spec.focused()
    if is_vote(METHODS[name].rule):
        st.caption(f"{SHORT_NAMES[name]} votes, so it has no logits to send to /tune.")
    elif st.button(
        f"Send {SHORT_NAMES[name]} to Tune gamma",
        key=f"{PAGE}:send",
        type="primary",
        help="Logits, labels, class counts, weights and features of the method that the map "
        "shows; validation rows tune, test rows judge.",
    ):
        trained_on = cut(spec.data, spec.ratio, spec.profile, spec.seed, data)
        upload = upload_of(comparison, trained_on, seen.arrays, name, title_of(spec))
        hand_over(upload, f"probe:{comparison.id}:{name}", "sent from Linear probe")
        st.switch_page(PAGES / "tune.py")
