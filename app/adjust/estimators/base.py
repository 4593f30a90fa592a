"""What all adjusters share as scikit-learn classifiers over logits."""

from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from app.adjust.adjusters import AdjusterName, Setup, score_function
from app.adjust.exact import checked
from app.adjust.intervals import Bounds, checked_bounds
from app.adjust.tuners import Tuned, make_tuner
from app.errors import UserError

FloatArray = NDArray[np.float64]
Tunable = float | Literal["auto"]


class Adjuster(ClassifierMixin, BaseEstimator, ABC):
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
        if any(is_auto(value) for value in chosen.parameters.values()):
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

    @abstractmethod
    def _given(self) -> dict[str, Any]:
        """Parameters as given to the constructor, which "auto" may stand for."""

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


def is_auto(value: object) -> bool:
    """Whether a parameter is to be tuned."""
    return isinstance(value, str) and value == "auto"


def _require_finite(z: NDArray[Any]) -> None:
    finite = np.isfinite(z).all(axis=1)
    if not finite.all():
        raise UserError(f"logits must be finite, got nan or inf in row {int(finite.argmin())}.")
