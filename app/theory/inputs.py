"""Checks of what describes an imbalanced problem: class counts, decays, temperatures."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import finite_array, positive_array, positive_vector, require

Array = NDArray[np.float64]

MAX_COUNT = 1e12
MAX_CLASSES = 2000
# A matrix is a product of two factors up to the rounding of the powers it was made of.
ROUNDING = 1e-9


def class_sizes(counts: ArrayLike) -> Array:
    """Return `counts` as (K,) floats, each from 1 to 1e12, for K from 2 to 2000."""
    sizes = positive_vector(counts, "counts")
    require(2 <= sizes.size <= MAX_CLASSES, "counts", "of 2 to 2000 classes", sizes.size)
    require(sizes.min() >= 1, "counts", "at least 1 each", float(sizes.min()))
    require(sizes.max() <= MAX_COUNT, "counts", "at most 1e12 each", float(sizes.max()))
    return sizes


def block_sizes(num_majority: int, num_minority: int) -> tuple[int, int]:
    """Return the numbers of classes of both groups, each at least 1, together at most 2000."""
    require(num_majority >= 1, "num_majority", "at least 1", num_majority)
    require(num_minority >= 1, "num_minority", "at least 1", num_minority)
    total = num_majority + num_minority
    require(total <= MAX_CLASSES, "num_majority + num_minority", "at most 2000", total)
    return int(num_majority), int(num_minority)


def positive_decay(value: float, name: str) -> float:
    """Return a decay as a float above 0: without decay no optimum is attained."""
    decay = positive_array(value, name)
    require(decay.ndim == 0, name, "a number", decay.shape)
    return float(decay)


def temperature_factors(multipliers: ArrayLike | None, num_classes: int) -> tuple[Array, Array]:
    """Split loss multipliers ``A[j, k] = delta[j] epsilon[k]`` into delta and epsilon.

    ``delta[j]`` belongs to the logit (CDT, VS), ``epsilon[k]`` to the label (LDT); both are 1
    if `multipliers` is None, and ``delta[0] == 1`` otherwise.

    Raises
    ------
    UserError
        If the multipliers are not a positive (K, K) matrix or no product of two such factors.
    """
    if multipliers is None:
        return np.ones(num_classes), np.ones(num_classes)
    matrix = positive_array(multipliers, "multipliers")
    wanted = (num_classes, num_classes)
    require(matrix.shape == wanted, "multipliers", f"of shape {wanted}", matrix.shape)
    delta, epsilon = matrix[:, 0] / matrix[0, 0], matrix[0]
    off = float(np.abs(matrix / np.outer(delta, epsilon) - 1).max())
    if off > ROUNDING:
        raise UserError(
            "multipliers must be a factor a logit times a factor a label, got a matrix that is "
            f"off by up to {off:.2g} times such a product."
        )
    return delta, epsilon


def class_weights(weights: ArrayLike | None, num_classes: int) -> Array:
    """Return class weights (K,), above 0; 1 each if None."""
    if weights is None:
        return np.ones(num_classes)
    return positive_vector(weights, "weights", num_classes)


def loss_offsets(offsets: ArrayLike | None, num_classes: int) -> Array:
    """Return additive terms ``I[j, k]`` of a loss, (K, K) and finite; 0 if None."""
    if offsets is None:
        return np.zeros((num_classes, num_classes))
    return finite_array(offsets, "offsets", (num_classes, num_classes))
