"""Losses as tables of numbers a class, the form in which many are trained at once.

Every loss of `LINKS` has a gradient in the logits z of a sample of class y that is

    weights[y] * multipliers[y, j] * g_j(multipliers[y] * z + offsets[y]; targets[y])

with g set by its link: losses of one link differ in numbers alone, so that a batch of classifiers,
each with a loss of its own, has its gradients from one pass (`app.losses.stacked`). NumPy only.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from app.losses.form import FloatArray, FormName, Normalization, loss_form, positive_counts, require
from app.losses.targets import smoothed_targets
from app.losses.weights import class_balanced_weights, per_sample_mean_one, power_weights

Link = Literal["softmax", "focal", "binary", "sigmoid"]

LINKS: dict[str, Link] = {
    **dict.fromkeys(get_args(FormName), "softmax"),
    "balanced_softmax": "softmax",
    "cb": "softmax",
    "grw": "softmax",
    "lort": "softmax",
    "focal": "focal",
    "cb_binary": "binary",
    "cb_sigmoid": "sigmoid",
}
"""Losses of `app.losses.LOSSES` that have this form, and the link of each."""


@dataclass(frozen=True, eq=False)
class LossTable:
    """A loss as numbers; the first index is the class y of the sample.

    Attributes
    ----------
    link : str
        "softmax": g = softmax - target; "focal": that times the factor of the focal loss;
        "binary": of binary cross-entropies of softmax outputs; "sigmoid": sigmoid - target.
    multipliers, offsets : (K, K) arrays
        Of logit j of a sample of class y, as in `LossForm` but transposed.
    targets : (K, K) array
    weights : (K,) array
        Of the loss of a sample of class y.
    focusing : float
        Exponent of the focal loss.
    """

    link: Link
    multipliers: FloatArray
    offsets: FloatArray
    targets: FloatArray
    weights: FloatArray
    focusing: float = 0.0


def loss_table(
    loss: str,
    counts: ArrayLike,
    *,
    beta: float | None = None,
    normalization: Normalization = "mean",
    **parameters: Any,
) -> LossTable:
    """Return the table of a loss of `LINKS`.

    Parameters
    ----------
    loss : str
    counts : (K,) array
        Training samples of each class.
    beta : float, optional
        Of the class-balanced weights. A softmax loss that has none itself is weighted by them
        too, scaled to mean 1 over the training samples: what dividing by the sum of weights, as
        torch does in every batch, is in expectation.
    normalization : {"mean", "max"}
        Which of the temperatures of CDT, LDT and VS is 1, see `class_temperatures`.
    **parameters
        Those of the function of that name in `app.losses`.

    Raises
    ------
    UserError
        If the loss has no such form or a number is out of range.
    """
    require(loss in LINKS, "loss", f"one of {', '.join(LINKS)}", loss)
    sizes = positive_counts(counts)
    ones = np.ones((sizes.size, sizes.size))
    multipliers, offsets, targets, weights = ones, 0 * ones, np.eye(sizes.size), np.ones(sizes.size)
    focusing = 0.0
    if loss in get_args(FormName):
        form = loss_form(loss, sizes, **parameters)  # type: ignore[arg-type]
        multipliers, offsets, weights = form.multipliers.T, form.offsets.T, form.weights
        if loss in ("cdt", "ldt", "vs") and normalization == "max":
            multipliers = multipliers / multipliers.max()
        if beta is not None:
            weights = weights * per_sample_mean_one(class_balanced_weights(sizes, beta), sizes)
    elif loss == "balanced_softmax":
        offsets = loss_form("la", sizes, tau=1.0).offsets.T
    elif loss == "grw":
        weights = power_weights(sizes, **parameters)
    elif loss == "lort":
        targets = smoothed_targets(sizes.size, **parameters)
    elif loss == "focal":
        focusing = parameters["focusing"]
    else:
        weights = class_balanced_weights(sizes, 0.9999 if beta is None else beta)
        if loss == "cb_binary":
            weights = weights / sizes.size
    return LossTable(LINKS[loss], multipliers, offsets, targets, weights, focusing)
