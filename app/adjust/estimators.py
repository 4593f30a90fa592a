"""The adjusters as scikit-learn classifiers over logits.

Fit on logits the classifier was not trained on, with their labels and the training counts:

>>> adjuster = MultiplicativeLogitAdjustment(gamma="auto").fit(logits, y, class_counts=counts)
>>> adjuster.gamma_, adjuster.predict(new_logits)

``clone``, ``get_params``, ``GridSearchCV`` and ``Pipeline`` work on them. Scores are float64.
"""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from app.adjust.adjusters import AdjusterName, Setup, score_function
from app.adjust.intervals import Bounds
from app.adjust.pairwise import Ties
from app.adjust.path import checked
from app.adjust.rules import TargetPrior
from app.adjust.tuners import Tuned, checked_bounds, make_tuner
from app.errors import UserError

FloatArray = NDArray[np.float64]
Tunable = float | Literal["auto"]


class _Adjuster(ClassifierMixin, BaseEstimator):
    """What all adjusters share: a name in `ADJUSTERS`, fitted parameters and a `Setup`.

    Attributes
    ----------
    classes_ : (K,) int64 array
        0..K-1.
    n_features_in_ : int
        K.
    class_counts_ : (K,) float64 array
    """

    _name: AdjusterName
    metric: str = "balanced_accuracy"
    bounds: Bounds = (0.0, 3.0)

    def _fit(self, logits: ArrayLike, y: ArrayLike, class_counts: ArrayLike, **setup: Any) -> Self:
        z, labels, counts = checked(logits, y, class_counts)
        _require_finite(z)
        chosen = Tuned(self._given())
        known = Setup(counts, **setup)
        if any(_is_auto(value) for value in chosen.parameters.values()):
            bounds = checked_bounds(self.bounds)
            tuner = make_tuner(self._name, z, labels, known, bounds)
            chosen = tuner.tune(np.arange(labels.size), self.metric, bounds)
        score_function(self._name, known, chosen.parameters)
        self.classes_ = np.arange(counts.size)
        self.n_features_in_ = counts.size
        self.class_counts_ = counts
        self.optimum_ = chosen.optimum
        self._setup, self._parameters = known, chosen.parameters
        for name, value in chosen.parameters.items():
            setattr(self, f"{name}_", value)
        return self

    def _given(self) -> dict[str, Any]:
        """Parameters as given to the constructor, which "auto" may stand for."""
        raise NotImplementedError

    def decision_function(self, logits: ArrayLike) -> FloatArray:
        """Adjusted scores (N, K), float64.

        Raises
        ------
        UserError
            If the logits do not have one column a class, or are not finite.
        """
        check_is_fitted(self, "class_counts_")
        z = np.asarray(logits)
        if z.ndim != 2 or z.shape[1] != self.n_features_in_ or z.dtype.kind not in "iuf":
            raise UserError(
                f"logits must be numbers in {self.n_features_in_} columns, "
                f"got {z.dtype} of shape {z.shape}."
            )
        _require_finite(z)
        return score_function(self._name, self._setup, self._parameters)(z)

    def predict(self, logits: ArrayLike) -> NDArray[np.int64]:
        """Class of the largest score, (N,); of equal scores the first."""
        return np.asarray(self.decision_function(logits).argmax(axis=1))


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"


def _require_finite(z: NDArray[Any]) -> None:
    finite = np.isfinite(z).all(axis=1)
    if not finite.all():
        raise UserError(f"logits must be finite, got nan or inf in row {int(finite.argmin())}.")


class MultiplicativeLogitAdjustment(_Adjuster):
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


class AdditiveLogitAdjustment(_Adjuster):
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


class OneVsOneAdjustment(_Adjuster):
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


class TauNormalization(_Adjuster):
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


class VectorScaling(_Adjuster):
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
        if _is_auto(self.gamma) != _is_auto(self.tau):
            raise UserError("gamma and tau must both be numbers or both be 'auto'.")
        return self._fit(logits, y, class_counts, center=self.center)

    def _given(self) -> dict[str, Any]:
        return {"gamma": self.gamma, "tau": self.tau}


class TemperatureScaling(_Adjuster):
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
