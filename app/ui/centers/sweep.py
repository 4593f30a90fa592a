"""Where multiple centers help in this model and where they do not."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.centers import RULE_WORDS, Sweep, ratio_sweep, theta_sweep
from app.centers.spec import STRATEGY_WORDS
from app.centers.sweep import Look
from app.figures import centers_sweep
from app.figures.style import settled
from app.ui.centers.code import ratio_code, theta_code
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import LOOK_WORDS, PAGE
from app.ui.chart import chart
from app.ui.glossary import caption, defined
from app.ui.once import kept
from app.ui.specs import close_spec, control

THETAS = tuple(np.linspace(0, np.pi / 2, 13)[1:-1].round(4).tolist())
CENTERS = (2, 3, 4, 6, 8, 10, 14, 20, 30)
RATIOS = tuple(np.geomspace(1, 1000, 10).round(3).tolist())
LINES = (0.2, 0.5, 0.8, 1.1, 1.4)
# Classes for which a map takes a few seconds.
MAX_CLASSES = 20


def draw_sweep(spec: CentersPageSpec) -> None:
    """Draw accuracy over theta x f, and over the ratio, for the rule chosen."""
    places = st.columns(2, gap="medium")
    with places[0]:
        values = {"rule": control(spec, PAGE, "rule", dict(RULE_WORDS))}
    with places[1]:
        values["look"] = control(spec, PAGE, "look", dict(LOOK_WORDS))
    spec = close_spec(spec, PAGE, values)
    if spec.strategy == "single":
        st.info("One center a class is the baseline itself: choose CAL or AL to compare with it.")
        return
    if len(spec.counts()) > MAX_CLASSES:
        st.info(f"Sweeps are of up to {MAX_CLASSES} classes.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        sweep = _draw_theta(spec)
    with right:
        if spec.profile in ("own", "balanced"):
            st.info("Choose a profile with a ratio to see accuracy over it.")
        else:
            _draw_ratio(spec)
    caption(
        f"{STRATEGY_WORDS[spec.strategy]}, {RULE_WORDS[spec.rule]}, noise {spec.noise:g}. Every "
        "value is an integral at full collapse, where training ends, not a sample."
    )
    st.markdown(defined(verdict(sweep)))


def verdict(sweep: Sweep) -> str:
    """Say whether multiple centers help on average, anywhere in the map."""
    values, baseline = sweep.seen("mean")
    last, base_last = sweep.seen("last")
    helped = float((last > base_last + 1e-6).mean())
    if (values > baseline + 1e-6).any():
        words = f"They help on average in {(values > baseline + 1e-6).mean():.0%} of the map."
    else:
        words = (
            "With noise alike in all directions no frame of the map does better on average than "
            "one center a class: what is reported to help on images is not in this model."
        )
    return f"{words} The last class gains in {helped:.0%} of the map."


def _draw_theta(spec: CentersPageSpec) -> Sweep:
    shared = {"strategy": spec.strategy, "rule": spec.rule, "noise": spec.noise}
    asked: dict[str, Any] = {"thetas": THETAS, "mean_centers": CENTERS} | shared
    sweep, code = _theta(spec.counts(), **asked), theta_code(spec.look, spec.counts(), **asked)
    alt = centers_sweep.theta_alt(sweep, spec.look)
    _draw(_theta_figure(spec.look, spec.counts(), **asked), "theta", alt, *code)
    return sweep


def _draw_ratio(spec: CentersPageSpec) -> None:
    sizes = spec.classes, spec.head_count, spec.profile, spec.minority_fraction
    centers = spec.strategy, max(2, spec.mean_centers)
    grid: dict[str, Any] = {"sizes": sizes, "ratios": RATIOS, "thetas": LINES}
    asked = grid | {"centers": centers, "rule": spec.rule, "noise": spec.noise}
    alt = centers_sweep.ratio_alt(_ratio(**asked), spec.look)
    _draw(_ratio_figure(spec.look, **asked), "ratio", alt, *ratio_code(spec.look, **asked))


def _draw(figure: go.Figure, name: str, alt: str, *code: str) -> None:
    chart(figure, f"{PAGE}:sweep:{name}", alt, *code)
    st.markdown(alt)


@kept(64)
def _theta(counts: tuple[int, ...], **asked: Any) -> Sweep:
    return theta_sweep(np.array(counts), **asked)


_ratio = kept(64)(ratio_sweep)


@kept(64)
def _theta_figure(look: Look, counts: tuple[int, ...], **asked: Any) -> go.Figure:
    return settled(centers_sweep.theta_figure(_theta(counts, **asked), look))


@kept(64)
def _ratio_figure(look: Look, **asked: Any) -> go.Figure:
    return settled(centers_sweep.ratio_figure(_ratio(**asked), look))
