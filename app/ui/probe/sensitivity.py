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
from app.ui.probe.words import PAGE, SHORT_NAMES, percent

_COLUMNS = 2
# Colours begin at this quantile of all scores: what diverged would take all of the scale.
_LIGHTEST = 0.2


def draw_sensitivity(spec: ProbePageSpec, seen: Seen) -> None:
    """Draw a map of every trained method, if several rates or decays were tried."""
    if max(len(spec.learning_rates), len(spec.weight_decays)) < 2:
        return
    st.subheader("Learning rate and weight decay", anchor=False)
    title, asked = METRIC_TITLES[spec.metric], spec.comparison()
    trained = [name for name in spec.methods if METHODS[name].trained]
    if not trained:
        return
    found = {name: sensitivity(asked, seen.arrays, name) for name in trained}
    everything = np.concatenate([values.ravel() for values in found.values()])
    span = float(np.nanquantile(everything, _LIGHTEST)), float(np.nanmax(everything))
    st.caption(
        f"{title} on test rows, mean over seeds, each cell as its selection reports it. The same "
        f"colours everywhere, from {percent(span[0])} or less to {percent(span[1])}."
    )
    places = st.columns(_COLUMNS, gap="medium")
    for number, (name, values) in enumerate(found.items()):
        heads = [head for head in candidates(asked) if head.method.name == name]
        rates = list(dict.fromkeys(f"{head.learning_rate:.3g}" for head in heads))
        decays = list(dict.fromkeys(f"{head.weight_decay:.3g}" for head in heads))
        with places[number % len(places)]:
            st.markdown(f"**{SHORT_NAMES[name]}**")
            if np.isnan(values).all():
                st.caption("It diverged everywhere.")
                continue
            st.plotly_chart(
                probe_sensitivity.sensitivity_figure(rates, decays, values, span),
                config=CONFIG,
                key=f"{PAGE}:sensitivity:{name}",
                alt=probe_sensitivity.alt_text(rates, decays, values, title),
            )
