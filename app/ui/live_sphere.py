"""Four classes in three dimensions: regions painted on the sphere of one feature norm.

Unlike the other scenes this one is painted on the server, when a slider is released.
"""

from math import log
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.adjust import Setup, score_function
from app.adjust.adjusters import ScoreFunction
from app.figures.sphere import alt_text, sphere_figure
from app.figures.style import settled
from app.longtail import class_counts
from app.scenes.sphere import OwnerAt, PaintedSphere, owner_function, paint_sphere, share_apart
from app.spec import bounds
from app.theory import simplex_etf
from app.ui.chart import chart
from app.ui.live_code import sphere_code
from app.ui.live_spec import BoundariesSpec
from app.ui.live_state import LOGARITHMIC, LiveState, RuleName
from app.ui.live_words import (
    MOST_KEPT,
    READERS,
    RULE_TITLES,
    RULE_WORDS,
    joined,
    parameters_of,
    rarity,
)
from app.ui.once import kept
from app.ui.specs import current_spec, store, with_values

NAMES = ["head", "second", "third", "tail"]
WEIGHTS = simplex_etf(len(NAMES))
HEAD_COUNT = 1000
# Class vectors of equal length: tau-norm would change nothing.
PAINTED: tuple[RuleName, ...] = ("raw", "mla", "ala", "1vs1")
SLIDERS = ("gamma", "tau", "ratio", "norm")
_STOPS = 40  # of a logarithmic slider
_SMALLEST = 0.45  # radius of the sphere of norm 1 against that of the largest norm


def painted_rules(rules: tuple[RuleName, ...]) -> tuple[RuleName, ...]:
    """Return those rules that are painted, MLA, ALA and the 1vs1adjuster if there is none."""
    return tuple(rule for rule in PAINTED if rule in rules) or PAINTED[1:]


def draw_sliders(spec: BoundariesSpec, page: str) -> None:
    """Draw the sliders; releasing one makes its value the page's."""
    for place, name in zip(st.columns(len(SLIDERS)), SLIDERS, strict=True):
        with place:
            _slider(spec, page, name)


def draw_spheres(state: LiveState, large: bool = False) -> None:
    """Draw a sphere for every rule, side by side where there is room."""
    rules = painted_rules(state.rules)
    for place, rule in zip(st.columns(len(rules)), rules, strict=True):
        with place:
            st.markdown(f"**{RULE_TITLES[rule]}**{_setting(rule, state)}")
            extent, height = drawn_extent(state.norm), 420 if large else 320
            figure, alt = _figure(rule, extent, height, *_read(rule, state))
            code = sphere_code(rule, NAMES, HEAD_COUNT, state, extent, height)
            chart(figure, f"boundaries:sphere:{rule}", alt, code)


def drawn_extent(norm: float) -> float:
    """Return half the side of the box around the sphere.

    The sphere fills a share of its box that grows with the logarithm of the feature norm, so that
    it is seen to grow on a range of norms from 1 to 50.
    """
    _, largest = bounds(LiveState.model_fields["norm"])
    assert largest is not None
    return 1.6 * norm / (_SMALLEST + (1 - _SMALLEST) * log(norm) / log(largest))


@kept(64)
def paint(
    rule: RuleName, gamma: float, tau: float, ratio: float, norm: float, matched: bool
) -> PaintedSphere:
    """Paint the regions of a rule on the sphere of a feature norm."""
    state = LiveState(gamma=gamma, tau=tau, ratio=ratio, norm=norm, matched=matched)
    return paint_sphere(_scores(rule, state), WEIGHTS, norm, voting=rule == "1vs1")


@kept(MOST_KEPT)
def sphere_sentences(state: LiveState) -> list[str]:
    """Return three sentences: who owns what, what changed hands, and what the norm does."""
    rules: list[RuleName] = [rule for rule in painted_rules(state.rules) if rule != "raw"]
    return [_ownership(state, rules), _moved(state, rules), _norm(state, rules)]


def _counts(ratio: float) -> NDArray[np.int64]:
    return class_counts(len(NAMES), HEAD_COUNT, ratio)


def _scores(rule: RuleName, state: LiveState) -> ScoreFunction:
    # A tie is shown, so its winner need not be looked for.
    setup = Setup(_counts(state.ratio), ties="head")
    return score_function(rule, setup, parameters_of(rule, len(NAMES), state))


def _owner(rule: RuleName, state: LiveState, norm: float) -> OwnerAt:
    return owner_function(_scores(rule, state), WEIGHTS, norm, voting=rule == "1vs1")


def _setting(rule: RuleName, state: LiveState) -> str:
    if rule == "raw":
        return ""
    if rule == "ala":
        return f", τ = {state.tau:.2f}"
    matched = " (matched)" if rule == "mla" and state.matched else ""
    return f", γ = {parameters_of(rule, len(NAMES), state)['gamma']:.2f}{matched}"


def _ownership(state: LiveState, rules: list[RuleName]) -> str:
    counts = _counts(state.ratio)
    shares = {rule: _painted(rule, state).shares()[-2] for rule in ("raw", *rules)}
    words = [f"{shares[rule]:.0%} under {RULE_WORDS[rule]}" for rule in rules]
    start = f"{rarity(NAMES[-1], counts, counts[-1])}, owns {shares['raw']:.0%} of the sphere"
    return f"{joined([f'{start} with raw logits', *words])}."


def _painted(rule: RuleName, state: LiveState) -> PaintedSphere:
    return paint(rule, *_read(rule, state))


def _read(rule: RuleName, state: LiveState) -> tuple[float, float, float, float, bool]:
    """What `paint` takes; gamma and tau are 0 for rules that do not read them."""
    gamma, tau = (
        getattr(state, name) if rule in readers else 0.0 for name, readers in READERS.items()
    )
    return gamma, tau, state.ratio, state.norm, state.matched


@kept(64)
def _figure(
    rule: RuleName,
    extent: float,
    height: int,
    gamma: float,
    tau: float,
    ratio: float,
    norm: float,
    matched: bool,
) -> tuple[go.Figure, str]:
    sphere = paint(rule, gamma, tau, ratio, norm, matched)
    figure = sphere_figure(sphere, WEIGHTS, NAMES, extent, height)
    return settled(figure), alt_text(RULE_TITLES[rule], sphere, NAMES)


def _moved(state: LiveState, rules: list[RuleName]) -> str:
    if not rules:
        return "Without an adjuster every class owns a quarter of it."
    raw = _owner("raw", state, state.norm)
    words = [
        f"{share_apart(raw, _owner(rule, state, state.norm)):.0%} under {RULE_WORDS[rule]}"
        for rule in rules
    ]
    ties = float(_painted("1vs1", state).shares()[-1])
    tied = f"; votes tie on {ties:.1%} (grey)" if "1vs1" in rules and ties > 5e-4 else ""
    return f"Against raw logits the sphere changes its class on {joined(words)}{tied}."


def _norm(state: LiveState, rules: list[RuleName]) -> str:
    _, largest = bounds(LiveState.model_fields["norm"])
    assert largest is not None
    doubled = 2 * state.norm <= largest
    other = state.norm * (2 if doubled else 0.5)
    start = f"{'Doubling' if doubled else 'Halving'} the feature norm to {other:.3g} would"
    moved = {
        rule: share_apart(_owner(rule, state, state.norm), _owner(rule, state, other))
        for rule in PAINTED
        if rule in rules or rule == "ala"
    }
    if moved["ala"] == 0:
        same = state.tau == 0 or state.ratio == 1
        reason = "ALA adds the same to every logit" if same else "under ALA one class owns it all"
        return f"{start} change nothing here, since {reason}."
    words = [f"{share:.1%} under {RULE_WORDS[rule]}" for rule, share in moved.items()]
    return f"{start} change it on {joined(words)}: only ALA's boundaries depend on the norm."


def _slider(spec: BoundariesSpec, page: str, name: str) -> None:
    field, value = LiveState.model_fields[name], getattr(spec, name)
    key = f"{page}.sphere.{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value

    def keep() -> None:
        now = current_spec(BoundariesSpec, page)
        store(page, with_values(now, {name: st.session_state[key]}))

    low, high = bounds(field)
    assert low is not None
    assert high is not None
    shared: dict[str, Any] = {"key": key, "help": field.description, "on_change": keep}
    if name in LOGARITHMIC:
        stops = {float(f"{stop:.2g}") for stop in np.geomspace(low, high, _STOPS)}
        st.select_slider(field.title or name, sorted(stops | {value}), format_func=_short, **shared)
    else:
        st.slider(field.title or name, float(low), float(high), step=0.01, **shared)


def _short(value: float) -> str:
    return f"{float(f'{value:.3g}'):,g}"
