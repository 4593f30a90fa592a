"""From a checked file of logits to tuned parameters and code: what /tune and `app tune` share."""

from app.tune.by_hand import chosen_by_hand, judge_by_hand
from app.tune.export import estimator_code, numpy_code, torch_code
from app.tune.report import line_record, origin, report, spread_sentence
from app.tune.session import bundled_spec, class_labels, comparison, tuned_lines, warnings
from app.tune.spec import TuneSpec

__all__ = [
    "TuneSpec",
    "bundled_spec",
    "chosen_by_hand",
    "class_labels",
    "comparison",
    "estimator_code",
    "judge_by_hand",
    "line_record",
    "numpy_code",
    "origin",
    "report",
    "spread_sentence",
    "torch_code",
    "tuned_lines",
    "warnings",
]
