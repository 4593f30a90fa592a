"""Multiplicative logit adjustment as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable
from app.adjust.intervals import Bounds


class MultiplicativeLogitAdjustment(Adjuster):
    """MLA: ``z_k (n_k / n_max) ** -gamma`` (Hasegawa & Sato, ICLR 2025).

    Parameters
    ----------
    gamma : float or "auto"
        Strength; 1/2 in theory. "auto" maximises ``metric`` exactly on the data given to `fit`.
    center : bool
        Subtract each row's mean first. MLA depends on where zero is, and works backwards in rows
        whose logits are all negative; centring changes no softmax and leaves no such row.
    metric : str
        What "auto" maximises, one of `app.adjust.METRICS`.
    bounds : (low, high)
        Where "auto" searches.

    Attributes
    ----------
    gamma_ : float
    optimum_ : Optimum or None
        With "auto": the interval of equally good values and their score.
    """

    _name: AdjusterName = "mla"

    def __init__(
        self,
        gamma: Tunable = 0.5,
        center: bool = False,
        metric: str = "balanced_accuracy",
        bounds: Bounds = (0.0, 3.0),
    ) -> None:
        self.gamma = gamma
        self.center = center
        self.metric = metric
        self.bounds = bounds

    def fit(self, logits: ArrayLike, y: ArrayLike, *, class_counts: ArrayLike) -> Self:
        """Fit to logits (N, K), labels (N,) and training counts (K,)."""
        return self._fit(logits, y, class_counts, center=self.center)

    def _given(self) -> dict[str, Any]:
        return {"gamma": self.gamma}
