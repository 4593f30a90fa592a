"""Feature spread by class, and the gamma it predicts beside the one that was tuned."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.data.features import FeatureSet
from app.figures import probe_spread
from app.figures.style import settled
from app.longtail import frequency_groups
from app.theory.spread import SpreadFit, feature_spread, fit_spread
from app.ui.chart import chart
from app.ui.glossary import defined
from app.ui.once import Origin, once
from app.ui.probe.classifiers import DATA, draw_classifiers
from app.ui.probe.code import cut_code, data_code, spread_code
from app.ui.probe.data import cut, is_own
from app.ui.probe.ratios import draw_ratios, draw_start
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE


def draw_spread(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw spreads with their power laws, and what follows for gamma."""
    st.subheader("Feature spread", anchor=False)
    figure, fits = _picture(seen.origin, spec, data, seen)
    place, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    asked = spec.comparison()
    with place:
        chart(
            figure,
            f"{PAGE}:spread",
            probe_spread.alt_text(fits),
            data_code(asked, own=is_own(spec)),
            cut_code(asked),
            spread_code(),
        )
    with words:
        predicted = predicted_words(fits["train"], fits["test"])
        st.markdown(defined(f"{predicted}\n{tuned_words(spec, data, seen)}"))
        draw_start(spec, data)
    draw_ratios(spec, data)
    if spec.data == DATA:
        draw_classifiers()


@once
def _picture(
    of: Origin | None, _spec: ProbePageSpec, _data: FeatureSet, _seen: Seen
) -> tuple[go.Figure, dict[str, SpreadFit | None]]:
    """The chart and the fits of training and test rows."""
    rows = cut(_spec.data, _spec.ratio, _spec.profile, _spec.seed, _data).train
    counts, K = np.asarray(_seen.arrays["counts"]), _data.num_classes
    train = feature_spread(rows.features, rows.labels, K)
    test = feature_spread(_data.test.features, _data.test.labels, K)
    fits = {"train": fit_spread(counts, train), "test": fit_spread(counts, test)}
    names = list(_data.class_names or (f"class {k}" for k in range(K)))
    groups = frequency_groups(counts)
    return settled(probe_spread.spread_figure(counts, groups, names, train, test, fits)), fits


def predicted_words(train: SpreadFit | None, test: SpreadFit | None) -> str:
    """The gammas that the fits predict."""
    lines = ["Hasegawa and Sato (ICLR 2025): where spread falls as n⁻ˢ, the best γ of MLA is s."]
    for title, fit in (("training rows", train), ("test rows", test)):
        if fit is None:
            lines.append(f"- {title}: cannot be fitted")
            continue
        low, high = fit.interval()
        lines.append(
            f"- predicted from {title}: **γ = {_shown(fit.exponent)}** (95 %: {_shown(low)} to "
            f"{_shown(high)}, "
            f"{fit.classes} classes)"
        )
    return "\n".join(lines)


def tuned_words(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> str:
    """The gamma that was tuned, if it was."""
    if "posthoc-mla" not in spec.methods:
        return "- tuned: tick Post-hoc MLA to see it"
    values = np.asarray(seen.arrays["parameter"])[spec.methods.index("posthoc-mla")]
    found = ", ".join(f"{value:.2f}" for value in dict.fromkeys(values.round(2).tolist()))
    if spec.selection == "best-on-test":
        return f"- tuned on the test rows themselves: **γ = {found}**"
    if data.val is None:
        return f"- not tuned, as there are no validation rows: γ = {found}"
    return f"- tuned on validation rows: **γ = {found}**"


def _shown(value: float) -> str:
    """Two decimals, without a negative zero."""
    return f"{round(value, 2) + 0.0:.2f}"
