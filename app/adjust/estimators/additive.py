"""Additive logit adjustment as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable
from app.adjust.intervals import Bounds
from app.adjust.rules import TargetPrior


class AdditiveLogitAdjustment(Adjuster):
    """ALA: ``z_k - tau log pi_k``, plus ``log t_k`` for a target prior t (Menon et al., ICLR 2021).

    A shift of a row changes nothing; the scale does: dividing the logits by T is the same as
    multiplying tau by T. (For MLA it is the other way round.)

    Parameters
    ----------
    tau : float or "auto"
        Strength; 1 in theory.
    target_prior : (K,) array, "balanced", "train" or None
        Class shares expected at test time; with tau = 1 this is PC-softmax (Hong et al., 2021).
    metric, bounds
        As for `MultiplicativeLogitAdjustment`.

    Attributes
    ----------
    tau_ : float
    optimum_ : Optimum or None
        With "auto".
    """

    _name: AdjusterName = "ala"

    def __init__(
        self,
        tau: Tunable = 1.0,
        target_prior: ArrayLike | TargetPrior | None = None,
        metric: str = "balanced_accuracy",
        bounds: Bounds = (0.0, 3.0),
    ) -> None:
        self.tau = tau
        self.target_prior = target_prior
        self.metric = metric
        self.bounds = bounds

    def fit(self, logits: ArrayLike, y: ArrayLike, *, class_counts: ArrayLike) -> Self:
        """Fit to logits (N, K), labels (N,) and training counts (K,)."""
        return self._fit(logits, y, class_counts, target_prior=self.target_prior)

    def _given(self) -> dict[str, Any]:
        return {"tau": self.tau}
