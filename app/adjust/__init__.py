"""Post-hoc logit adjusters, their exact parameter paths and decision cells.

The estimators are imported when first used: they bring scikit-learn, which takes over a second.
"""

from typing import TYPE_CHECKING, Any

from app.adjust.adjusters import ADJUSTERS, Setup, score_function
from app.adjust.cells import decision_cells
from app.adjust.compare import Comparison
from app.adjust.curve import Bootstrap, Curve, Optimum
from app.adjust.exact import exact_path
from app.adjust.faces import Face, decision_faces
from app.adjust.hull import PredictionPath, prediction_path
from app.adjust.metrics import METRICS, expected_calibration_error
from app.adjust.path import ParameterPath
from app.adjust.protocol import make_protocol
from app.adjust.sectors import Sector, decision_sectors

if TYPE_CHECKING:
    from app.adjust.estimators import (
        AdditiveLogitAdjustment,
        MultiplicativeLogitAdjustment,
        OneVsOneAdjustment,
        TauNormalization,
        TemperatureScaling,
        VectorScaling,
    )

__all__ = [
    "ADJUSTERS",
    "METRICS",
    "AdditiveLogitAdjustment",
    "Bootstrap",
    "Comparison",
    "Curve",
    "Face",
    "MultiplicativeLogitAdjustment",
    "OneVsOneAdjustment",
    "Optimum",
    "ParameterPath",
    "PredictionPath",
    "Sector",
    "Setup",
    "TauNormalization",
    "TemperatureScaling",
    "VectorScaling",
    "decision_cells",
    "decision_faces",
    "decision_sectors",
    "exact_path",
    "expected_calibration_error",
    "make_protocol",
    "prediction_path",
    "score_function",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from app.adjust import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def warm_up() -> None:
    """Load the compiled kernels by running each once on a tiny problem."""
    import numpy as np

    logits, labels = np.array([[1.0, 0.5], [0.2, 0.4]]), np.array([0, 1])
    for kind in (np.float32, np.float64):
        for rule in ("mla", "1vs1"):
            path = exact_path(logits.astype(kind), labels, [9, 1], rule)
            path.best("worst_class")
    score_function("1vs1", Setup([9, 1]), {"gamma": 0.5})(logits)
