"""The gamma that the spread predicts and the one that is tuned, over imbalance ratios."""

from functools import partial

import streamlit as st

from app.data.features import FeatureSet
from app.figures import probe_ratios
from app.probe import ProbeSpec
from app.probe.ratios import RATIOS, Gammas, gammas_at, ratio_specs
from app.ui.chart import chart
from app.ui.errors import guarded
from app.ui.glossary import caption
from app.ui.held import UPDATE_SECONDS
from app.ui.once import kept
from app.ui.probe.code import data_code, ratios_code
from app.ui.probe.data import cut, is_own
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Comparison, Seen, begin, known, seen
from app.ui.probe.words import PAGE
from app.ui.text import plain

_BEGUN = f"{PAGE}:ratios"
# Of a session's share of the workers, others being for what it does meanwhile.
_AT_ONCE = 2


def draw_start(spec: ProbePageSpec, data: FeatureSet) -> None:
    """Draw the button that begins the sweep, once."""
    if data.val is None or _held(spec, data):
        return
    st.button(
        "Both over ratios from 1 to 1000",
        key=f"{PAGE}:over_ratios",
        on_click=partial(_begin, spec, data),
        help="Cuts the training rows to each ratio, fits stage 1 anew, and tunes γ exactly on "
        "validation rows.",
    )


def draw_ratios(spec: ProbePageSpec, data: FeatureSet) -> None:
    """Draw what is known of the sweep, by itself while it is computed."""
    found = _held(spec, data)
    if found:
        going = _go_on(found, data)
        draw = partial(_draw, spec, data, found, going=going)
        st.fragment(draw, run_every=UPDATE_SECONDS if going else None)()


def _held(spec: ProbePageSpec, data: FeatureSet) -> list[Comparison]:
    """The sweep of these data that this session has begun; empty if none."""
    asked = _asked(spec, data)
    if st.session_state.get(_BEGUN) != [part.id for part in asked]:
        return []
    return [known(_place(part), part) for part in asked]


def _begin(spec: ProbePageSpec, data: FeatureSet) -> None:
    st.session_state[_BEGUN] = [part.id for part in _asked(spec, data)]


def _go_on(found: list[Comparison], data: FeatureSet) -> bool:
    """Begin what there is room for; whether anything is to come."""
    waiting = [part for part in found if not (part.active or part.run or part.problem)]
    active = sum(part.active for part in found)
    for part in waiting[: max(0, _AT_ONCE - active)]:
        begin(part, data)
    return bool(active or waiting)


def _place(asked: ProbeSpec) -> str:
    return f"{PAGE}:ratio:{asked.ratio:g}"


def _draw(spec: ProbePageSpec, data: FeatureSet, found: list[Comparison], *, going: bool) -> None:
    with guarded():
        parts = [seen(held) for held in found]
        if going and not _go_on(found, data):
            st.rerun()
        gammas = [
            _gammas(held.spec.id, held.spec, data, part)
            for held, part in zip(found, parts, strict=True)
            if part is not None and part.run is not None
        ]
        if going:
            st.progress(len(gammas) / len(found), f"{len(gammas)} of {len(found)} ratios")
        for held in found:
            if held.problem:
                st.error(plain(held.problem))
        if gammas:
            chart(
                probe_ratios.ratios_figure(gammas),
                f"{PAGE}:ratios_chart",
                probe_ratios.alt_text(gammas),
                data_code(spec.comparison(), own=is_own(spec)),
                ratios_code(RATIOS),
            )
            caption(
                "γ of MLA, tuned exactly for balanced accuracy on validation rows, and s of "
                "n⁻ˢ with its 95 % interval; at ratio 1 n⁻ᵞ is the same for every class, so that "
                "there is neither. Stage 1 is fitted anew at each ratio, but the "
                "encoder saw all training rows: cutting thins them without moving them, which an "
                "encoder trained at that ratio would."
            )


def _asked(spec: ProbePageSpec, data: FeatureSet) -> list[ProbeSpec]:
    return ratio_specs(spec.comparison(), data, RATIOS)


@kept(32, scope="session")
def _gammas(id: str, _asked: ProbeSpec, _data: FeatureSet, _seen: Seen) -> Gammas:
    """Kept, since the chart is drawn anew whenever another ratio is known."""
    rows = cut(_asked.data, _asked.ratio, _asked.profile, _asked.seed, _data)
    return gammas_at(rows, _seen.arrays, _seen.metrics)
