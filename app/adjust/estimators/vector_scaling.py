"""Post-hoc vector scaling as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable, is_auto
from app.adjust.intervals import Bounds
from app.errors import UserError


class VectorScaling(Adjuster):
    """Post-hoc vector scaling: ``z_k (n_k / n_max) ** -gamma - tau log pi_k``.

    The vector-scaling loss of Kini et al. (NeurIPS 2021) with both signs turned, applied after
    training.

    Parameters
    ----------
    gamma, tau : float, or "auto" for both
        "auto" takes gamma from a grid of 21 values in [0, 1] and tau exactly at each.
    center, metric, bounds
        As for `MultiplicativeLogitAdjustment`; the bounds are those of tau.

    Attributes
    ----------
    gamma_, tau_ : float
    """

    _name: AdjusterName = "vs"

    def __init__(
        self,
        gamma: Tunable = 0.25,
        tau: Tunable = 0.5,
        center: bool = False,
        metric: str = "balanced_accuracy",
        bounds: Bounds = (0.0, 3.0),
    ) -> None:
        self.gamma = gamma
        self.tau = tau
        self.center = center
        self.metric = metric
        self.bounds = bounds

    def fit(self, logits: ArrayLike, y: ArrayLike, *, class_counts: ArrayLike) -> Self:
        """Fit to logits (N, K), labels (N,) and training counts (K,)."""
        if is_auto(self.gamma) != is_auto(self.tau):
            raise UserError("gamma and tau must both be numbers or both be 'auto'.")
        return self._fit(logits, y, class_counts, center=self.center)

    def _given(self) -> dict[str, Any]:
        return {"gamma": self.gamma, "tau": self.tau}
