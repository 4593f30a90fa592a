"""How a method's score depends on its learning rate and weight decay."""

import numpy as np
import streamlit as st

from app.adjust.metrics import METRIC_TITLES
from app.figures import probe_sensitivity
from app.figures.style import CONFIG
from app.probe import METHODS, candidates
from app.probe.results import sensitivity
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, SHORT_NAMES

_COLUMNS = 3


def draw_sensitivity(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw a map of every trained method, if several rates or decays were tried."""
    if max(len(spec.learning_rates), len(spec.weight_decays)) < 2:
        return
    st.subheader("Learning rate and weight decay", anchor=False)
    title, asked = METRIC_TITLES[spec.metric], spec.comparison()
    trained = [name for name in spec.methods if METHODS[name].trained]
    places = st.columns(min(_COLUMNS, max(1, len(trained))), gap="medium")
    for number, name in enumerate(trained):
        heads = [head for head in candidates(asked) if head.method.name == name]
        rates = list(dict.fromkeys(f"{head.learning_rate:.3g}" for head in heads))
        decays = list(dict.fromkeys(f"{head.weight_decay:.3g}" for head in heads))
        values = sensitivity(asked, seen.arrays, name)
        with places[number % len(places)]:
            st.markdown(f"**{SHORT_NAMES[name]}**")
            if np.isnan(values).all():
                st.caption("It diverged everywhere.")
                continue
            st.plotly_chart(
                probe_sensitivity.sensitivity_figure(rates, decays, values, title),
                config=CONFIG,
                key=f"{PAGE}:sensitivity:{name}",
                alt=probe_sensitivity.alt_text(rates, decays, values, title),
            )
