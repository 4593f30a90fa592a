"""How far decay moves the geometry away from its limit, to first order."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.geometry import Geometry, least_norm_geometry
from app.theory.inputs import (
    class_sizes,
    class_weights,
    loss_offsets,
    positive_decay,
    temperature_factors,
)
from app.theory.seli import limit_logits

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]


def finite_decay_geometry(
    counts: ArrayLike,
    weight_decay: float,
    feature_decay: float,
    multipliers: ArrayLike | None = None,
    offsets: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Geometry:
    """Return the geometry at a finite decay, to first order in 1 / log(1 / (N lambda)).

    An approximation (own derivation). At the optimum the wrong probabilities are exactly
    ``p[j, k] = lambda |B[j, k]| sqrt(n_k) / (c_k A[j, k])``, with the loss share
    ``c_k = n_k omega_k / N`` of a class and B the polar factor of the logits times the root of
    the counts. Here B is that of the limit (`seli`); the probabilities give the logits.

    It is exact where B does not depend on the decay, as for equal classes or `symmetric_ldt`.
    Elsewhere it is meant for N lambda (lambda the geometric mean of the decays) below 0.01.
    The largest of the distances of classifier Gram, embedding Gram and logits to the exact
    optimum, each divided by its Frobenius norm, and in brackets that of the limit, for ten
    classes, five with a tenth of the samples of the others, cross-entropy: 0.25 (0.18) for
    N lambda = 0.1, 0.14 (0.14) for 1e-2, 0.061 (0.103) for 1e-4, 0.021 (0.066) for 1e-8 and
    0.004 (0.032) for 1e-20. With logit adjustment (tau = 1) it is 0.28 (0.37) for 1e-4. For two
    class sizes `step_optimum` is exact.

    Parameters
    ----------
    counts : (K,) array
        Training samples of each class, at least 1.
    weight_decay, feature_decay : float
        lW and lH of the mean loss, with halves, above 0.
    multipliers, offsets : (K, K) arrays, optional
        ``A[j, k]`` and ``I[j, k]`` of logit j for a sample of class k; 1 and 0 by default. A
        must be a positive factor a logit times a positive factor a label.
    weights : (K,) array, optional
        omega, above 0; 1 by default.

    Raises
    ------
    UserError
        If an argument is out of range, or the decay so large that probabilities would exceed 1.
    """
    sizes = class_sizes(counts)
    l_W = positive_decay(weight_decay, "weight_decay")
    l_H = positive_decay(feature_decay, "feature_decay")
    logit, label = temperature_factors(multipliers, sizes.size)
    terms = loss_offsets(offsets, sizes.size)
    shares = sizes * class_weights(weights, sizes.size) / sizes.sum()
    scale = np.outer(logit, label)
    pressure = _pressure(limit_logits(logit, label), sizes) * np.sqrt(sizes) / (shares * scale)
    margins = _margins(np.sqrt(l_W) * np.sqrt(l_H) * pressure)
    logits = (np.diag(terms) - terms - margins) / scale
    normal = 1 / logit
    logits -= np.outer(normal, normal @ logits) / (normal @ normal)
    return least_norm_geometry(sizes, logits, normal, l_H / l_W)


def _pressure(logits: Matrix, counts: Array) -> Matrix:
    """|B[j, k]| off the diagonal, 0 on it, for logits of rank K - 1."""
    left, _, right = np.linalg.svd(logits * np.sqrt(counts))
    polar = left[:, :-1] @ right[:-1]
    return np.where(np.eye(len(counts), dtype=bool), 0.0, np.abs(polar))


def _margins(probabilities: Matrix) -> Matrix:
    """``log(p[k, k] / p[j, k])`` from the probabilities off the diagonal; 0 on it."""
    wrong = probabilities.sum(axis=0)
    if wrong.max() >= 1:
        raise UserError(
            "weight_decay * feature_decay must be small enough for probabilities below 1, got "
            f"{float(wrong.max()):.3g} for class {int(wrong.argmax())}."
        )
    on = np.eye(len(wrong), dtype=bool)
    return np.where(on, 0.0, np.log1p(-wrong) - np.log(np.where(on, 1.0, probabilities)))
