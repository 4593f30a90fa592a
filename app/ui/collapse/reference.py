"""What the picture compares with."""

from app.scenes.film import Against
from app.ufm.prediction import Prediction, as_prediction, balanced_prediction, predict
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import CollapseSpec


def reference_of(spec: CollapseSpec) -> tuple[Prediction, Against]:
    """What the picture compares with, and whether that is "theory" or the "optimum"."""
    model = spec.model()
    closed, best = predict(model), optimum(model)
    if closed is not None and (spec.against == "theory" or best is None):
        return closed, "theory"
    if best is not None:
        return as_prediction(best), "optimum"
    return balanced_prediction(model.num_classes), "theory"
