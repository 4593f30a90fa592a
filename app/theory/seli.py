"""Where training on imbalanced data leads without decay: SELI and its CDT and LDT relatives.

As the decays vanish, the minimisers of an unconstrained-features model tend in direction to
those of a support-vector problem: least ``||W||^2 + sum_k n_k ||h_k||^2`` such that every logit
margin, measured with the multipliers of the loss, is at least 1. Additive terms and class
weights of the loss leave no trace in it. Its logits are known in closed form.

Sources: Thrampoulidis, Kini, Vakilian & Behnia, "Imbalance Trouble", NeurIPS 2022,
arXiv 2208.05512 (cross-entropy); Behnia, Kini, Vakilian & Thrampoulidis, "On the Implicit
Geometry of Cross-Entropy Parameterizations", AISTATS 2023, arXiv 2303.07608 (CDT, LDT).
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import positive_vector, require
from app.theory.geometry import Geometry, least_norm_geometry
from app.theory.inputs import class_sizes

LimitLoss = Literal["ce", "cdt", "ldt"]
Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


def seli(
    counts: ArrayLike,
    loss: LimitLoss = "ce",
    delta: ArrayLike | None = None,
    decay_ratio: float = 1.0,
) -> Geometry:
    """Return the geometry of vanishing decay, for any class sizes and temperatures.

    Optimal for every choice of both: the multipliers of the support-vector problem are
    positive (derived here; the papers prove it for cross-entropy and for two class sizes).

    Parameters
    ----------
    counts : (K,) array
        Training samples n of each class, at least 1.
    loss : {"ce", "cdt", "ldt"}
        "ce" also stands for weighted and logit-adjusted cross-entropy, whose limit is the same.
        With margins at least 1 the logits are

        - "ce": ``I - 1 1^T / K``, the simplex-encoded labels (SEL);
        - "cdt", temperature of the logit: ``(I - q q^T) diag(1 / delta)``, q the unit vector
          along 1 / delta;
        - "ldt", temperature of the label: ``(I - 1 1^T / K) diag(1 / delta)``, which is "ce"
          for counts ``n / delta^2`` and class means divided by delta.
    delta : (K,) array, optional
        Temperatures, above 0, for "cdt" and "ldt" alone; their scale divides the logits.
    decay_ratio : float
        Decay of the features over that of the classifier: ``W W^T`` grows with its square root
        and the Gram matrix of the means shrinks with it.

    Raises
    ------
    UserError
        If an argument is out of range, or delta is missing or superfluous.
    """
    sizes = class_sizes(counts)
    logit, label = _temperatures(loss, delta, sizes.size)
    return least_norm_geometry(sizes, limit_logits(logit, label), 1 / logit, decay_ratio)


def limit_logits(logit_temperatures: Array, label_temperatures: Array) -> Matrix:
    """Return the logits of the support-vector problem with multipliers ``delta[j] epsilon[k]``.

    Every margin ``epsilon_k (delta_k z_k - delta_j z_j)`` is 1 (derived here for both kinds of
    temperature at once; see `seli` for each alone).
    """
    normal = 1 / logit_temperatures
    projector = np.eye(len(normal)) - np.outer(normal, normal) / (normal @ normal)
    return np.asarray(projector / (logit_temperatures * label_temperatures))


def _temperatures(
    loss: LimitLoss, delta: ArrayLike | None, num_classes: int
) -> tuple[Array, Array]:
    """Temperatures of the logits and of the labels, 1 where the loss has none."""
    require(loss in get_args(LimitLoss), "loss", f"one of {', '.join(get_args(LimitLoss))}", loss)
    ones = np.ones(num_classes)
    if loss == "ce":
        require(delta is None, "delta", 'left out for loss "ce"', delta)
        return ones, ones
    if delta is None:
        raise UserError(f'delta must be given for loss "{loss}", got None.')
    given = positive_vector(delta, "delta", num_classes)
    return (given, ones) if loss == "cdt" else (ones, given)
