"""The numbers of a tuning session as plain values: for the table, for JSON, for the terminal."""

import math
from typing import Any

import numpy as np

from app import __version__
from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Line
from app.adjust.metrics import METRIC_TITLES, METRICS
from app.adjust.protocol import make_protocol
from app.data import Upload
from app.tune.by_hand import chosen_by_hand
from app.tune.spec import TuneSpec


def line_record(line: Line) -> dict[str, Any]:
    """One adjuster's numbers: parameters, intervals and held-out values; None where undefined."""
    interval = line.bootstrap.interval() if line.bootstrap else None
    return {
        "adjuster": line.name,
        "title": ADJUSTERS[line.name].title,
        "parameters": line.parameters,
        "bootstrap_95": None if interval is None else list(interval),
        "equally_good": None if line.optimum is None else [line.optimum.low, line.optimum.high],
        "tuning_score": None if line.optimum is None else line.optimum.score,
        "fold_parameters": line.fold_parameters,
        **{m: _number(line.scores[m]) for m in METRICS},
        "nll": _number(line.nll),
        "ece": _number(line.ece),
        "p_value": _number(line.p_value),
        "class_recalls": [_number(r) for r in line.recalls],
        "note": line.note,
    }


def report(
    upload: Upload, spec: TuneSpec, lines: list[Line], chosen: Line | None = None
) -> dict[str, Any]:
    """Everything a reader needs to trust or repeat the numbers, as JSON values.

    Parameters
    ----------
    upload : Upload
    spec : TuneSpec
    lines : list of Line
        Adjusters with tuned parameters.
    chosen : Line, optional
        One with a parameter chosen by hand.
    """
    assert upload.labels is not None
    assert upload.class_counts is not None
    protocol = make_protocol(spec.judge, upload.labels, upload.split, spec.folds, spec.seed)
    return {
        "collapse_lab": __version__,
        "file": upload.name,
        "samples": len(upload.labels),
        "classes": int(upload.class_counts.size),
        "imbalance_ratio": float(upload.class_counts.max() / upload.class_counts.min()),
        "class_counts": upload.class_counts.tolist(),
        "spec": spec.model_dump(mode="json") | {"id": spec.id, "version": spec.schema_version},
        "protocol": protocol.sentence,
        "adjusters": [line_record(line) for line in lines],
        "chosen_by_hand": None if chosen is None else line_record(chosen),
    }


def spread_sentence(line: Line) -> str:
    """Say how sure the tuned parameter is, in words."""
    if line.bootstrap is None or line.optimum is None:
        return ""
    low, high = line.bootstrap.interval()
    name = ADJUSTERS[line.name].parameters[0]
    return (
        f"{name} = {line.optimum.value:.3f}; every value from {line.optimum.low:.4f} to "
        f"{line.optimum.high:.4f} scores the same, and re-tuning on resampled data gives "
        f"{low:.2f} to {high:.2f} (95 %)."
    )


def origin(file: str, spec: TuneSpec, line: Line, protocol: str) -> str:
    """Say where tuned values come from and what they apply to: the comment of their code.

    Parameters
    ----------
    file : str
        Name to show.
    spec : TuneSpec
    line : Line
    protocol : str
        `app.adjust.protocol.Protocol.sentence`.
    """
    title, metric = ADJUSTERS[line.name].title, METRIC_TITLES[spec.metric].lower()
    sentences = [f"{title} for {metric} on {file}:", f"{protocol}."]
    if chosen_by_hand(line):
        parameter = ADJUSTERS[line.name].parameters[0]
        sentences = [f"{title} on {file}: {parameter} was chosen by hand, not tuned."]
    if spec.scale == "log":
        sentences.append("The logits here are logarithms of the file's probabilities.")
    if line.note and not chosen_by_hand(line):
        sentences.append(f"Tuned {line.note}.")
    return "\n".join(sentences)


def _number(value: float) -> float | None:
    return None if not math.isfinite(value) else float(np.float64(value))
