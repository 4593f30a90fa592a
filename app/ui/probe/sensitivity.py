"""How a method's score depends on its learning rate and weight decay."""

import numpy as np
import streamlit as st

from app.adjust.metrics import METRIC_TITLES
from app.figures import probe_sensitivity
from app.probe import METHODS
from app.probe.sensitivity import span, tried
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.probe.code import run_code, sensitivity_code
from app.ui.probe.data import is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, SHORT_NAMES, percent

_COLUMNS = 2


def draw_sensitivity(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw a map of every trained method, if several rates or decays were tried."""
    if max(len(spec.learning_rates), len(spec.weight_decays)) < 2:
        return
    st.subheader("Learning rate and weight decay", anchor=False)
    title, asked = METRIC_TITLES[spec.metric], spec.comparison()
    trained = [name for name in spec.methods if METHODS[name].trained]
    if not trained:
        return
    colors = span(asked, seen.arrays)
    caption(
        f"{title} on test rows, mean over seeds, each cell as its selection reports it. The same "
        f"colours everywhere, from {percent(colors[0])} or less to {percent(colors[1])}."
    )
    places = st.columns(_COLUMNS, gap="medium")
    for number, name in enumerate(trained):
        found = tried(asked, seen.arrays, name)
        with places[number % len(places)]:
            st.markdown(f"**{SHORT_NAMES[name]}**")
            if np.isnan(found.scores).all():
                st.caption("It diverged everywhere.")
                continue
            chart(
                probe_sensitivity.sensitivity_figure(*found, colors),
                f"{PAGE}:sensitivity:{name}",
                probe_sensitivity.alt_text(*found, title),
                run_code(asked, own=is_own(spec)),
                sensitivity_code(name),
            )
