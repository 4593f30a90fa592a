"""The gamma that the spread predicts and the one that is tuned, over imbalance ratios."""

from functools import partial

import numpy as np
import streamlit as st

from app.adjust.metrics import MetricName
from app.data.features import FeatureSet
from app.figures import probe_ratios
from app.figures.probe_ratios import Found
from app.figures.style import CONFIG
from app.probe import ProbeSpec
from app.theory.spread import feature_spread, fit_spread
from app.ui.errors import guarded
from app.ui.probe.data import cut
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Held, Seen, begin, stored
from app.ui.probe.words import PAGE
from app.ui.text import plain

# Equal classes leave nothing to adjust, so that no gamma is better than another.
RATIOS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
UPDATE_SECONDS = 0.5
_HELD = f"{PAGE}:ratios"
_METRIC: MetricName = "balanced_accuracy"


def draw_start(spec: ProbePageSpec, data: FeatureSet) -> None:
    """Draw the button that begins the sweep, once."""
    if data.val is None or _held(spec, data):
        return
    st.button(
        "Both over ratios up to 1000",
        key=f"{PAGE}:over_ratios",
        on_click=partial(_begin, spec, data),
        help="Cuts the training rows to each ratio, fits stage 1 anew, and tunes γ exactly on "
        "validation rows.",
    )


def draw_ratios(spec: ProbePageSpec, data: FeatureSet) -> None:
    """Draw what is known of the sweep, by itself while it is computed."""
    found = _held(spec, data)
    if found:
        active = any(held.active for held in found)
        draw = partial(_draw, spec, data, found, began_active=active)
        st.fragment(draw, run_every=UPDATE_SECONDS if active else None)()


def asked_at(spec: ProbePageSpec, data: FeatureSet) -> list[ProbeSpec]:
    """What the engine is asked for at each ratio that the largest class allows."""
    return [
        ProbeSpec(
            data=spec.data,
            ratio=ratio,
            profile=spec.profile,
            methods=("stage1", "posthoc-mla"),
            seed=spec.seed,
            stage1_decay=spec.stage1_decay,
            metric=_METRIC,
        )
        for ratio in RATIOS
        if ratio <= data.class_counts.max()
    ]


def _held(spec: ProbePageSpec, data: FeatureSet) -> list[Held]:
    """The sweep of these data that this session has begun; empty if none."""
    found: list[Held] = st.session_state.get(_HELD, [])
    return found if [held.spec for held in found] == asked_at(spec, data) else []


def _begin(spec: ProbePageSpec, data: FeatureSet) -> None:
    for left in st.session_state.get(_HELD, []):
        left.halt()
    fresh = [stored(asked) for asked in asked_at(spec, data)]
    for held in fresh:
        if held.run is None:
            begin(held, data)
    st.session_state[_HELD] = fresh


def _draw(spec: ProbePageSpec, data: FeatureSet, found: list[Held], *, began_active: bool) -> None:
    with guarded():
        seen = [held.seen() for held in found]
        if began_active and not any(held.active for held in found):
            st.rerun()
        known = [
            found_at(held.spec, data, part)
            for held, part in zip(found, seen, strict=True)
            if part is not None and part.run is not None
        ]
        if began_active:
            st.progress(len(known) / len(found), f"{len(known)} of {len(found)} ratios")
        for held in found:
            if held.problem:
                st.error(plain(held.problem))
        if known:
            st.plotly_chart(
                probe_ratios.ratios_figure(known),
                config=CONFIG,
                key=f"{PAGE}:ratios_chart",
                alt=probe_ratios.alt_text(known),
            )
            st.caption(
                "γ of MLA, tuned exactly for balanced accuracy on validation rows, and s of "
                "n⁻ˢ with its 95 % interval. Stage 1 is fitted anew at each ratio, but the "
                "encoder saw all training rows: cutting thins them without moving them, which an "
                "encoder trained at that ratio would."
            )


def found_at(asked: ProbeSpec, data: FeatureSet, seen: Seen) -> Found:
    """Tuned and predicted gammas at one ratio."""
    rows = cut(asked.data, asked.ratio, asked.profile, asked.seed, data).train
    counts, K = np.asarray(seen.arrays["counts"]), data.num_classes
    return Found(
        ratio=float(counts.max() / counts.min()),
        tuned=float(np.asarray(seen.arrays["parameter"])[1, 0]),
        train=fit_spread(counts, feature_spread(rows.features, rows.labels, K)),
        test=fit_spread(counts, feature_spread(data.test.features, data.test.labels, K)),
        before=seen.metrics[f"stage1/{_METRIC}"],
        after=seen.metrics[f"posthoc-mla/{_METRIC}"],
    )
