"""What the picture compares with."""

from app.scenes.film import Against
from app.ufm.prediction import Prediction, as_prediction, predict
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import CollapseSpec


def reference_of(spec: CollapseSpec) -> tuple[Prediction, Against]:
    """What the picture compares with, and whether that is "theory" or the "optimum"."""
    closed = predict(spec.model()) if spec.against == "theory" else None
    if closed is not None:
        return closed, "theory"
    return as_prediction(optimum(spec.model())), "optimum"
