"""Temperature scaling as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable


class TemperatureScaling(Adjuster):
    """Temperature scaling: ``z_k / T`` with T of largest likelihood (Guo et al., ICML 2017).

    Moves no prediction; calibrates the softmax.

    Parameters
    ----------
    temperature : float or "auto"

    Attributes
    ----------
    temperature_ : float
    """

    _name: AdjusterName = "temperature"

    def __init__(self, temperature: Tunable = "auto") -> None:
        self.temperature = temperature

    def fit(self, logits: ArrayLike, y: ArrayLike, *, class_counts: ArrayLike) -> Self:
        """Fit to logits (N, K) and labels (N,); the counts only say how many classes there are."""
        return self._fit(logits, y, class_counts)

    def _given(self) -> dict[str, Any]:
        return {"temperature": self.temperature}
