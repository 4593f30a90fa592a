"""Numbers for the sentences of the lesson, each measured in the run or picture shown."""

import numpy as np
from numpy.typing import NDArray

from app.adjust.compare import Line
from app.centers import CentersSpec, model_of, optimum_of
from app.runs import Run, Snapshot
from app.scenes import Scene, counts_at
from app.tune import TuneSpec
from app.ufm import UFMSpec
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import Arrays, agreement, measured_phases
from app.ufm.sweep_theory import SweepTheory
from app.ui.live_state import LiveState
from app.ui.live_words import balanced_accuracy, joined, read_rule

Array = NDArray[np.float64]
_NOTHING = 1e-6


def training_facts(
    model: UFMSpec, run: Run, snapshots: list[Snapshot], against: str
) -> dict[str, str]:
    """Angles and lengths at the end of a run, and its distance from the prediction."""
    W, H = (np.asarray(run.arrays[name]) for name in ("classifier", "means"))
    counts, K = np.asarray(model.counts), model.num_classes
    head, tail = counts == counts.max(), counts == counts.min()
    start, end = (s.metrics[f"{against}_logits"] for s in (snapshots[0], snapshots[-1]))
    return {
        "classes": str(K),
        "head": f"{counts.max():,}",
        "tail": f"{counts.min():,}",
        "ratio": f"{counts.max() / counts.min():,.4g}",
        "steps": f"{snapshots[-1].step:,}",
        "etf_angle": _degrees(-1 / (K - 1)),
        "etf_cosine": f"{-1 / (K - 1):.3f}",
        "angle": _angles(W),
        "mean_angle": _angles(H),
        "head_angle": _angles(W[head]),
        "tail_angle": _angles(W[tail]),
        "tail_length": _share(_length(W[tail]) / _length(W[head])),
        "tail_mean_length": _share(_length(H[tail]) / _length(H[head])),
        "start_distance": _small(start),
        "end_distance": _small(end),
    }


def centers_facts(run: Run) -> dict[str, str]:
    """Centers and lengths of the classes, and the threshold of the smallest."""
    spec = run.spec
    assert isinstance(spec, CentersSpec)
    model = model_of(spec)
    optimum, lengths = optimum_of(model), np.asarray(run.arrays["lengths"])
    k, head = int(model.counts.argmin()), int(model.counts.argmax())
    return {
        "classes": str(model.num_classes),
        "counts": joined([f"{n:,}" for n in model.counts]),
        "centers": joined([str(n) for n in model.frame.per_class]),
        "tail_centers": str(model.frame.per_class[k]),
        "head_length": _small(float(lengths[head])),
        "tail_length": _small(float(lengths[k])),
        "tail_threshold": f"{optimum.thresholds[k] / optimum.cos_alpha[k]:.2f}",
    }


def phase_facts(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> dict[str, str]:
    """Where on the map the minority is no longer told apart."""
    phases, found = measured_phases(arrays), agreement(spec, arrays, theory)
    border = np.asarray(arrays["border"])
    first, last = np.flatnonzero(np.isfinite(border))[[0, -1]]
    return {
        "cells": f"{phases.size:,}",
        "agree": f"{found.agree:,}",
        "lost": f"{(phases > 0).mean():.0%}",
        "ratio_first": f"{spec.ratios[first]:,.3g}",
        "ratio_last": f"{spec.ratios[last]:,.4g}",
        "border_first": f"{border[first]:.2g}",
        "border_last": f"{border[last]:.2g}",
    }


def picture_facts(scene: Scene, state: LiveState, enough: float) -> dict[str, str]:
    """What the rarest class owns, and how many points are right, under three rules."""
    counts = counts_at(scene, state.ratio)
    rare = int(counts.argmin())
    facts = {
        "head": f"{counts.max():,}",
        "tail": f"{counts.min():,}",
        "gamma": f"{state.gamma:.2f}",
        "points": f"{len(scene.labels):,}",
        "enough": f"{enough:g}",
    }
    for name, rule in (("raw", "raw"), ("mla", "mla"), ("duel", "1vs1")):
        reading = read_rule(scene, state, rule)  # type: ignore[arg-type]
        facts[f"{name}_share"] = f"{reading.shares[rare]:.0%}"
        facts[f"{name}_score"] = f"{balanced_accuracy(reading, scene.labels):.1%}"
    return facts


def tuning_facts(
    spec: TuneSpec, counts: NDArray[np.int64], tuning: int, found: tuple[Line, Line, Line]
) -> dict[str, str]:
    """Raw logits, the chosen gamma and the tuned one, on samples that tuned nothing."""
    raw, tuned, own = found
    assert tuned.optimum is not None
    return {
        "classes": str(counts.size),
        "head": f"{counts.max():,}",
        "tail": f"{counts.min():,}",
        "tuning": f"{tuning:,}",
        "judged": f"{tuned.rows.size:,}",
        "best": f"{tuned.optimum.value:.2f}",
        "best_tuning": f"{tuned.optimum.score:.1%}",
        "gamma": f"{spec.value or 0.0:.2f}",
        "raw_score": f"{raw.scores[spec.metric]:.1%}",
        "own_score": f"{own.scores[spec.metric]:.1%}",
        "best_score": f"{tuned.scores[spec.metric]:.1%}",
    }


def _angles(rows: Array) -> str:
    """The angle between any two rows, or from the smallest to the largest."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (units @ units.T)[np.triu_indices(len(rows), 1)]
    if not cosines.size:
        return "no angle"
    low, high = _degrees(float(cosines.max())), _degrees(float(cosines.min()))
    return low if low == high else f"{low} to {high}"


def _degrees(cosine: float) -> str:
    return f"{np.degrees(np.arccos(np.clip(cosine, -1, 1))):.0f}°"


def _length(rows: Array) -> float:
    return float(np.linalg.norm(rows, axis=1).mean())


def _share(value: float) -> str:
    return f"{value:.0%}"


def _small(value: float) -> str:
    return "zero" if value < _NOTHING else f"{value:.2g}"
