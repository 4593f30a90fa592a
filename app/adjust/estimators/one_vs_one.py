"""The 1vs1adjuster as an estimator."""

from typing import Any, Self

from numpy.typing import ArrayLike

from app.adjust.adjusters import AdjusterName
from app.adjust.estimators.base import Adjuster, Tunable
from app.adjust.intervals import Bounds
from app.adjust.pairwise import Ties


class OneVsOneAdjustment(Adjuster):
    """1vs1adjuster: the class that wins most duels (Hasegawa & Sato, ICLR 2025, Algorithm 1).

    `decision_function` returns votes, with half a vote more for the winner of a tie.

    Parameters
    ----------
    gamma : float or "auto"
        Exponent of the counts; 1/2 in theory.
    ties : {"margin", "head"}
        A tie of votes goes to the tied class whose worst duel among the tied is best, or to the
        one with most training samples.
    center, metric, bounds
        As for `MultiplicativeLogitAdjustment`.

    Attributes
    ----------
    gamma_ : float
    optimum_ : Optimum or None
        With "auto".
    """

    _name: AdjusterName = "1vs1"

    def __init__(
        self,
        gamma: Tunable = 0.5,
        ties: Ties = "margin",
        center: bool = False,
        metric: str = "balanced_accuracy",
        bounds: Bounds = (0.0, 3.0),
    ) -> None:
        self.gamma = gamma
        self.ties = ties
        self.center = center
        self.metric = metric
        self.bounds = bounds

    def fit(
        self,
        logits: ArrayLike,
        y: ArrayLike,
        *,
        class_counts: ArrayLike,
        weights: ArrayLike | None = None,
        feature_norms: ArrayLike | None = None,
    ) -> Self:
        """Fit to logits (N, K), labels (N,) and training counts (K,).

        Parameters
        ----------
        weights : (K, d) array, optional
            Class vectors; a simplex ETF if not given.
        feature_norms : (K,) array, optional
            Norms of the mean training features; all equal if not given.
        """
        return self._fit(
            logits,
            y,
            class_counts,
            center=self.center,
            weights=weights,
            feature_norms=feature_norms,
            ties=self.ties,
        )

    def _given(self) -> dict[str, Any]:
        return {"gamma": self.gamma}
