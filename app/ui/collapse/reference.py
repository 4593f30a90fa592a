"""What the picture compares with."""

from typing import NamedTuple

from app.scenes.film import Against
from app.ufm.prediction import Prediction, as_prediction, balanced_prediction, predict
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import CollapseSpec

_THEORY = """
from app.ufm.prediction import predict

reference = predict(spec)
"""
_OPTIMUM = """
from app.ufm import solve
from app.ufm.prediction import as_prediction

reference = as_prediction(solve(spec))
"""
_BALANCED = """
from app.ufm.prediction import balanced_prediction

reference = balanced_prediction(spec.num_classes)
"""


class Reference(NamedTuple):
    """What a run is compared with.

    Attributes
    ----------
    prediction : Prediction
    against : {"theory", "optimum"}
        Which distances in the metrics are those from it.
    code : str
        Python that makes it of `spec`.
    """

    prediction: Prediction
    against: Against
    code: str


def reference_of(spec: CollapseSpec) -> Reference:
    """Return what the page's settings ask to compare with."""
    model = spec.model()
    closed, best = predict(model), optimum(model)
    if closed is not None and (spec.against == "theory" or best is None):
        return Reference(closed, "theory", _THEORY)
    if best is not None:
        return Reference(as_prediction(best), "optimum", _OPTIMUM)
    return Reference(balanced_prediction(model.num_classes), "theory", _BALANCED)
