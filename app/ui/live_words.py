"""What the live picture shows, in three sentences computed from the committed settings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.adjust import Setup, decision_cells, decision_sectors, score_function
from app.adjust.rules import additive_offset, multiplicative_scale, norm_scale
from app.scenes import Scene, counts_at, geometry_at, logits_at
from app.ui.live_state import LiveState, RuleName

RULE_WORDS: dict[str, str] = {
    "raw": "raw logits",
    "mla": "MLA",
    "ala": "ALA",
    "1vs1": "the 1vs1adjuster",
    "tau-norm": "tau-norm",
}


@dataclass(frozen=True, eq=False)
class Reading:
    """One rule's part of the picture.

    Attributes
    ----------
    shares : (K,) array
        Share of the window that each class owns; ties belong to none.
    tied : float
        Share of the window where votes tie.
    predictions : (N,) int array
    """

    rule: RuleName
    shares: NDArray[np.float64]
    tied: float
    predictions: NDArray[np.int64]


def read_rule(scene: Scene, state: LiveState, rule: RuleName) -> Reading:
    """Work out one rule's cells and predictions, as the picture shows them."""
    counts = counts_at(scene, state.ratio)
    plane, bias, _ = geometry_at(scene, state.ratio)
    norms = np.linalg.norm(plane, axis=1) if scene.norms is None else scene.norms
    logits = logits_at(scene, state.ratio, state.spread, state.s, state.norm)
    setup = Setup(counts, weights=plane, weight_norms=norms, bias=bias)
    score = score_function(rule, setup, {"gamma": state.gamma, "tau": state.tau})
    predictions = score(logits).argmax(axis=1)
    shares, tied = _shares(rule, state, state.norm * plane, bias, norms, counts, scene.window)
    return Reading(rule, shares, tied, predictions)


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


def _shares(
    rule: RuleName,
    state: LiveState,
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    norms: NDArray[np.float64],
    counts: NDArray[np.int64],
    window: tuple[float, float, float, float],
) -> tuple[NDArray[np.float64], float]:
    whole = (window[1] - window[0]) * (window[3] - window[2])
    shares = np.zeros(len(counts))
    if rule == "1vs1":
        tied = 0.0
        for sector in decision_sectors(weights, state.gamma, counts, window=window):
            area = sum(_area(polygon) for polygon in sector.polygons) / whole
            if len(sector.winners) > 1:
                tied += area
            else:
                shares[sector.winners[0]] += area
        return shares, tied
    scale, offset = np.ones(len(counts)), np.zeros(len(counts))
    if rule == "mla":
        scale = multiplicative_scale(counts, state.gamma)
    if rule == "ala":
        offset = additive_offset(counts, state.tau)
    if rule == "tau-norm":
        scale, bias = norm_scale(norms, state.tau), np.zeros(len(counts))
    cells = decision_cells(weights, bias, scale, offset, window)
    return np.array([_area(cell) for cell in cells]) / whole, 0.0


def _area(polygon: NDArray[np.float64]) -> float:
    if len(polygon) < 3:
        return 0.0
    x, y = polygon.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _ownership(scene: Scene, state: LiveState, raw: Reading, readings: list[Reading]) -> str:
    counts = counts_at(scene, state.ratio)
    rare = int(counts.argmin()) if len(set(counts.tolist())) > 1 else scene.num_classes - 1
    name, owned = scene.class_names[rare], raw.shares[rare]
    words = [
        f"{reading.shares[rare]:.0%} under {RULE_WORDS[reading.rule]}"
        for reading in readings
        if reading.rule != "raw"
    ]
    start = (
        f"Class {name}, the rarest with {_samples(counts[rare])} against {counts.max():,}, "
        f"owns {owned:.0%} of the picture with raw logits"
    )
    return start + (f", {_joined(words)}." if words else ".")


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
    return f"Of {total:,} test points {_joined(parts)}."


def _oddities(scene: Scene, raw: Reading, readings: list[Reading]) -> str:
    said = []
    for reading in readings:
        gone = np.flatnonzero((reading.shares < 1e-9) & (raw.shares >= 1e-9))
        if reading.tied > 1e-9:
            said.append(
                f"votes run in a circle on {reading.tied:.1%} of the picture (hatched) "
                f"under {RULE_WORDS[reading.rule]}"
            )
        if gone.size:
            names = _joined([scene.class_names[k] for k in gone])
            said.append(f"{RULE_WORDS[reading.rule]} leaves no cell of its own to {names}")
    if said:
        text = _joined(said)
        return f"{text[0].upper()}{text[1:]}."
    best = max(readings, key=lambda reading: balanced_accuracy(reading, scene.labels))
    score = balanced_accuracy(best, scene.labels)
    before = balanced_accuracy(raw, scene.labels)
    if best.rule == "raw" or score <= before:
        return f"None of the rules shown beats the raw logits' balanced accuracy of {before:.1%}."
    return (
        f"Every class keeps a cell, and balanced accuracy is best under {RULE_WORDS[best.rule]}: "
        f"{score:.1%} against {before:.1%} with raw logits."
    )


def _samples(count: int) -> str:
    return f"{count:,} training sample{'' if count == 1 else 's'}"


def _joined(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
