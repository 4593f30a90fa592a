"""tau-normalisation as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable
from app.adjust.intervals import Bounds


class TauNormalization(Adjuster):
    """tau-norm: ``(z_k - b_k) / |w_k| ** tau`` (Kang et al., ICLR 2020). The bias is dropped.

    Parameters
    ----------
    tau : float or "auto"
    metric, bounds
        As for `MultiplicativeLogitAdjustment`.

    Attributes
    ----------
    tau_ : float
    optimum_ : Optimum or None
        With "auto".
    """

    _name: AdjusterName = "tau-norm"

    def __init__(
        self,
        tau: Tunable = 1.0,
        metric: str = "balanced_accuracy",
        bounds: Bounds = (0.0, 3.0),
    ) -> None:
        self.tau = tau
        self.metric = metric
        self.bounds = bounds

    def fit(
        self,
        logits: ArrayLike,
        y: ArrayLike,
        *,
        class_counts: ArrayLike,
        weight_norms: ArrayLike,
        bias: ArrayLike | None = None,
    ) -> Self:
        """Fit to logits (N, K), labels (N,), training counts, weight norms and bias, (K,) each."""
        return self._fit(logits, y, class_counts, weight_norms=weight_norms, bias=bias)

    def _given(self) -> dict[str, Any]:
        return {"tau": self.tau}
