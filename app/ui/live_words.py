"""What the live picture shows, in three sentences computed from the committed settings."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.adjust.adjusters import Parameters
from app.figures.panels import panels_figure
from app.scenes import Scene, counts_at, points_at
from app.scenes.panel import Panel, panel_at
from app.theory import matched_gamma
from app.ui.live import BY_ID
from app.ui.live_state import LiveState, RuleName
from app.ui.once import kept

RULE_TITLES: dict[str, str] = {
    "raw": "Raw logits",
    "mla": "MLA",
    "ala": "ALA",
    "1vs1": "1vs1adjuster",
    "tau-norm": "tau-norm",
}
RULE_WORDS: dict[str, str] = {
    "raw": "raw logits",
    "mla": "MLA",
    "ala": "ALA",
    "1vs1": "the 1vs1adjuster",
    "tau-norm": "tau-norm",
}
# The rules that read a parameter.
READERS: dict[str, tuple[RuleName, ...]] = {"gamma": ("mla", "1vs1"), "tau": ("ala", "tau-norm")}
# What is kept at most of one kind: all 201 values of gamma that a class which follows one link
# comes to, whatever else they set.
MOST_KEPT = 512


@dataclass(frozen=True, eq=False)
class Reading:
    """One rule's part of the picture.

    Attributes
    ----------
    shares : (K,) array
        Share of the window that each class owns; ties belong to none.
    tied : float
        Share of the window where votes tie.
    predictions : (N,) int8 array
    """

    rule: RuleName
    shares: NDArray[np.float64]
    tied: float
    predictions: NDArray[np.int8]


def parameters_of(rule: RuleName, num_classes: int, state: LiveState) -> Parameters:
    """Return gamma and tau as a rule takes them: MLA may take the matched gamma."""
    factor = 1.0
    if rule == "mla" and state.matched and num_classes > 2:
        factor = matched_gamma(1.0, num_classes)
    return {"gamma": factor * state.gamma, "tau": state.tau}


def panel_of(scene: Scene, state: LiveState, rule: RuleName) -> Panel:
    """Return a rule's regions and predictions, as the picture shows them."""
    return panel_at(
        scene,
        rule,
        parameters_of(rule, scene.num_classes, state),
        ratio=state.ratio,
        norm=state.norm,
        spread=state.spread,
        exponent=state.s,
    )


def picture(scene: Scene, state: LiveState) -> go.Figure:
    """Return the live picture as a figure."""
    panels = {RULE_TITLES[rule]: panel_of(scene, state, rule) for rule in state.rules}
    return panels_figure(scene, panels, points_at(scene, state.ratio, state.spread, state.s))


def read_rule(scene: Scene, state: LiveState, rule: RuleName) -> Reading:
    """Work out one rule's regions and predictions, as the picture shows them."""
    ignored = {name for name, rules in READERS.items() if rule not in rules}
    return _read_rule(scene, state.model_copy(update=dict.fromkeys(ignored, 0.0)), rule)


@kept(2 * MOST_KEPT, hash_funcs=BY_ID)  # Two rules read gamma.
def _read_rule(scene: Scene, state: LiveState, rule: RuleName) -> Reading:
    """Kept, since a slider that is released changes what its own rules do and no other."""
    panel = panel_of(scene, state, rule)
    left, right, low, high = scene.window
    *shares, tied = panel.areas(scene.num_classes) / ((right - left) * (high - low))
    return Reading(rule, np.array(shares), float(tied), panel.predictions.astype(np.int8))


@kept(MOST_KEPT, hash_funcs=BY_ID)
def sentences(scene: Scene, state: LiveState) -> list[str]:
    """Return three sentences: who owns what, what flipped, and what is odd or gained."""
    raw = read_rule(scene, state, "raw")
    readings = [raw if rule == "raw" else read_rule(scene, state, rule) for rule in state.rules]
    return [
        _ownership(scene, state, raw, readings),
        _flips(scene, raw, readings),
        _oddities(scene, raw, readings),
    ]


def balanced_accuracy(reading: Reading, labels: NDArray[np.int64]) -> float:
    """Return the mean over classes of the share of points predicted right."""
    right = reading.predictions == labels
    return float(np.mean([right[labels == k].mean() for k in np.unique(labels)]))


def _ownership(scene: Scene, state: LiveState, raw: Reading, readings: list[Reading]) -> str:
    counts = counts_at(scene, state.ratio)
    shown = counts[scene.shown]
    rare = scene.shown[int(len(shown) - 1 - shown[::-1].argmin())]
    name, owned = scene.class_names[rare], raw.shares[rare]
    words = [
        f"{reading.shares[rare]:.0%} under {RULE_WORDS[reading.rule]}"
        for reading in readings
        if reading.rule != "raw"
    ]
    start = f"{rarity(name, shown, counts[rare])}, owns {owned:.0%} of the picture with raw logits"
    return start + (f", {joined(words)}." if words else ".")


def rarity(name: str, counts: NDArray[np.int64], count: int) -> str:
    """Introduce the rarest class by name."""
    if counts.min() == counts.max():
        return f"Class {name}, with {_samples(count)} like every other"
    return f"Class {name}, the rarest with {_samples(count)} against {counts.max():,}"


def _flips(scene: Scene, raw: Reading, readings: list[Reading]) -> str:
    total, parts = len(scene.labels), []
    for reading in readings:
        if reading.rule == "raw":
            continue
        was, now = raw.predictions == scene.labels, reading.predictions == scene.labels
        flipped = int((raw.predictions != reading.predictions).sum())
        parts.append(
            f"{RULE_WORDS[reading.rule]} flips {flipped:,} "
            f"({int((now & ~was).sum()):,} fixed, {int((was & ~now).sum()):,} broken)"
        )
    if not parts:
        return f"Without an adjuster none of the {total:,} test points changes its class."
    return f"Of {total:,} test points {joined(parts)}."


def _oddities(scene: Scene, raw: Reading, readings: list[Reading]) -> str:
    said = []
    for reading in readings:
        gone = [k for k in scene.shown if reading.shares[k] < 1e-9 <= raw.shares[k]]
        if reading.tied > 1e-9:
            said.append(
                f"votes run in a circle on {reading.tied:.1%} of the picture (hatched) "
                f"under {RULE_WORDS[reading.rule]}"
            )
        if gone:
            names = joined([scene.class_names[k] for k in gone])
            where = " on this slice" if scene.fixed else ""
            said.append(f"{RULE_WORDS[reading.rule]} leaves no cell of its own to {names}{where}")
    text = f"{joined(said) or 'every class keeps its cell'}; {_gain(scene, raw, readings)}."
    return text[0].upper() + text[1:]


def _gain(scene: Scene, raw: Reading, readings: list[Reading]) -> str:
    scores = {reading.rule: balanced_accuracy(reading, scene.labels) for reading in readings}
    before = balanced_accuracy(raw, scene.labels)
    if set(scores) == {"raw"}:
        return f"balanced accuracy is {before:.1%}"
    best, worst = (pick(scores, key=lambda rule: scores[rule]) for pick in (max, min))
    if scores[best] <= before:
        return f"no rule shown beats the raw logits' balanced accuracy of {before:.1%}"
    text = (
        f"balanced accuracy is best under {RULE_WORDS[best]}, {scores[best]:.1%} against "
        f"{before:.1%} with raw logits"
    )
    if scores[worst] < before:
        text += f", and below that under {RULE_WORDS[worst]}, {scores[worst]:.1%}"
    return text


def _samples(count: int) -> str:
    return f"{count:,} training sample{'' if count == 1 else 's'}"


def joined(parts: list[str]) -> str:
    """Write a list as in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
