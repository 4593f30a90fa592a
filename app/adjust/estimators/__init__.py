"""The adjusters as scikit-learn classifiers over logits.

Fit on logits the classifier was not trained on, with their labels and the training counts:

>>> adjuster = MultiplicativeLogitAdjustment(gamma="auto").fit(logits, y, class_counts=counts)
>>> adjuster.gamma_, adjuster.predict(new_logits)

``clone``, ``get_params``, ``GridSearchCV`` and ``Pipeline`` work on them. Scores are float64.
"""

from app.adjust.estimators.additive import AdditiveLogitAdjustment
from app.adjust.estimators.multiplicative import MultiplicativeLogitAdjustment
from app.adjust.estimators.one_vs_one import OneVsOneAdjustment
from app.adjust.estimators.tau_norm import TauNormalization
from app.adjust.estimators.temperature import TemperatureScaling
from app.adjust.estimators.vector_scaling import VectorScaling

__all__ = [
    "AdditiveLogitAdjustment",
    "MultiplicativeLogitAdjustment",
    "OneVsOneAdjustment",
    "TauNormalization",
    "TemperatureScaling",
    "VectorScaling",
]
