"""The exact curves of /tune with their live cursor, and the optimum in words."""

from typing import Any

import pandas as pd
import streamlit as st

from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Comparison, Line
from app.adjust.metrics import METRIC_TITLES
from app.adjust.protocol import Protocol
from app.figures.curves import curves_figure
from app.tune import TuneSpec, spread_sentence
from app.tune.by_hand import parameter_of
from app.tune.curves import TunedCurve, curve_columns, raw_value, tuned_curves
from app.tune.look_up import LookUp, look_up_table
from app.tune.spread import SpreadFit
from app.ui.chart import take_away
from app.ui.csv import csv_text
from app.ui.glossary import caption
from app.ui.specs import control
from app.ui.tune.code import curves_code, lines_code, work_code
from app.ui.tune.data import Chosen
from app.ui.tune.live import live_curves
from app.ui.tune.live_data import curve_data, live_data, readout_data, snap_points
from app.ui.tune.results import judged_everywhere, spread
from app.ui.tune.words import ADJUSTER_WORDS, PAGE, judged_words, percent


def curve_controls(spec: TuneSpec, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw the heading with the controls of what is in focus; return their values."""
    heading, focus, groups = st.columns([3, 2, 2], vertical_alignment="bottom")
    heading.subheader(f"{METRIC_TITLES[spec.metric]} against the parameter", anchor=False)
    with focus:
        chosen = control(spec, PAGE, "focus", ADJUSTER_WORDS, names)
    with groups:
        values = {"focus": chosen, "groups": control(spec, PAGE, "groups")}
    # A value chosen for one adjuster says nothing about another.
    return values if chosen == spec.focus else {**values, "value": None}


def draw_curve(
    chosen: Chosen,
    spec: TuneSpec,
    work: Comparison,
    found: list[Line],
    by_hand: Line | None,
    protocol: Protocol,
    large: bool,
) -> None:
    """Draw the curves on the tuning data with their cursor, and say what is in them."""
    curves, raw = tuned_curves(work, spec, found), raw_value(work, spec)
    focus = next((line for line in found if line.name == spec.focus), None)
    table: LookUp | None = None
    tuning = f"Exact curves on the {protocol.final.size:,} tuning samples"
    marks = (
        "Diamonds mark the middle of the widest best interval, whiskers where it falls on "
        "resampled data (95 %)"
    )
    if focus is None or focus.optimum is None:
        live_curves(live_data(spec, curve_data(spec, curves, raw), large))
        caption(f"{tuning}. {marks}. Held-out values are in the table.")
    else:
        fit = spread(chosen, spec, work)
        snaps = snap_points(spec, focus.optimum.value, fit)
        table = judged_everywhere(chosen, spec, work, found[0], tuple(s.value for s in snaps))
        drawn = curve_data(spec, curves, raw, table.positions)
        live_curves(live_data(spec, drawn, large, readout_data(spec, table, chosen.upload), snaps))
        _say(spec, focus, by_hand, fit)
        told = (
            f"{tuning}; the numbers below the slider are of {judged_words(spec, table.samples)}. "
            f"{marks}, the band the spread of the curve of {ADJUSTERS[spec.focus].title}. "
            "Held-out values are in the table."
        )
        caption(told)
    if large or not curves:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        if table is not None:
            _offer_positions(spec, table)
        _offer(chosen, spec, found, curves, raw)


def _say(spec: TuneSpec, tuned: Line, by_hand: Line | None, fit: SpreadFit | None) -> None:
    """The optimum, the value in force and the one theory predicts, in words."""
    st.markdown(f"**{ADJUSTERS[tuned.name].title}**: {spread_sentence(tuned)}")
    if by_hand is not None:
        st.markdown(_chosen_sentence(spec, tuned, by_hand))
    if fit is not None and parameter_of(tuned.name) == "gamma":
        caption(fit_sentence(fit))


def fit_sentence(fit: SpreadFit) -> str:
    """Say what the spread of the features predicts."""
    measured = (
        f"The spread of the features goes as n^({-fit.exponent:.2f} ± {fit.error:.2f}) over "
        f"{fit.classes:,} classes (least squares, standard error)"
    )
    if fit.exponent <= 0:
        return f"{measured}: frequent classes do not spread less, so it predicts no gamma."
    doubt = " That is not clearly above 0." if fit.exponent < 2 * fit.error else ""
    return f"{measured}, which predicts gamma = {fit.exponent:.2f}.{doubt}"


def _chosen_sentence(spec: TuneSpec, tuned: Line, by_hand: Line) -> str:
    ((name, value),) = by_hand.parameters.items()
    own, other = (percent(line.scores[spec.metric]) for line in (by_hand, tuned))
    return (
        f"**Chosen by you: {name} = {value:.4g}**, in force below instead of the tuned "
        f"{tuned.parameters[name]:.3f}. {METRIC_TITLES[spec.metric]} {own} on "
        f"{judged_words(spec, by_hand.rows.size)}; tuned {other}"
        f"{' by folds' if spec.judge == 'folds' else ''}. Double-click the slider to go back."
    )


def _offer(
    chosen: Chosen, spec: TuneSpec, found: list[Line], curves: list[TunedCurve], raw: float
) -> None:
    """Offer the curves as data, as a page of their own and as Python."""
    names = tuple(line.name for line in found if line.name != "raw")
    take_away(
        lambda: curves_figure(
            curves, (spec.low, spec.high), raw, METRIC_TITLES[spec.metric], spec.focus
        ),
        f"{PAGE}:curves",
        work_code(chosen, spec),
        lines_code(names),
        curves_code(spec),
        table=lambda: pd.DataFrame(curve_columns(curves, spec.metric)),
    )


def _offer_positions(spec: TuneSpec, table: LookUp) -> None:
    """Offer what is shown at every position of the slider."""
    name = parameter_of(spec.focus) or ""
    st.download_button(
        "Every position of the slider (.csv)",
        lambda: csv_text(pd.DataFrame(look_up_table(table, name))),
        file_name=f"{spec.focus}-positions.csv",
        key=f"{PAGE}:positions",
        type="tertiary",
        on_click="ignore",
        help="Metrics, samples fixed and broken, and recalls from head to tail.",
    )
