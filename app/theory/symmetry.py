"""Temperatures that undo the asymmetry of imbalanced training."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import positive_array, require
from app.theory.inputs import block_sizes, class_sizes
from app.theory.roots import sign_change
from app.theory.step import step_geometry

Array = NDArray[np.float64]
Norms = Literal["classifier", "embedding"]

STEEPEST = 3.0  # largest exponent that is tried


def symmetric_ldt(counts: ArrayLike) -> tuple[Array, Array]:
    """Return the temperatures and weights with which LDT leads to an ETF for any class sizes.

    Temperatures of the labels proportional to ``sqrt(n)`` make the classifier a simplex ETF of
    equal norms, to which the class means are parallel, as the decays vanish (Behnia et al.,
    AISTATS 2023, arXiv 2303.07608). Weights proportional to ``1 / n`` on top of it make it so
    at every decay (derived here): the loss is that of balanced classes in the scaled features
    ``sqrt(n_k) h_k``. The class means have squared norms proportional to 1 / n.

    Parameters
    ----------
    counts : (K,) array
        Training samples of each class, at least 1.

    Returns
    -------
    delta : (K,) array
        Temperatures of mean 1.
    weights : (K,) array
        ``N / (K n_k)``.

    Raises
    ------
    UserError
        If a count is out of range.
    """
    sizes = class_sizes(counts)
    root = np.sqrt(sizes)
    return np.asarray(root / root.mean()), np.asarray(sizes.mean() / sizes)


def equalizing_gamma(
    num_majority: int,
    num_minority: int,
    ratio: ArrayLike,
    loss: Literal["cdt", "ldt"],
    of: Norms = "classifier",
) -> Array:
    """Return the exponent gamma of ``delta = n^gamma`` that gives equal norms to both groups.

    In the limit of vanishing decay, for two class sizes (`step_geometry`). No exponent gives
    equal norms to class vectors and to class means together. With a single class in a group
    there may be no such exponent or two; with 2 to 10 classes a group and ratios from 1.5 to
    10,000 there was exactly one.

    Parameters
    ----------
    num_majority, num_minority : int
        K_A and K_B, at least 2.
    ratio : array
        R, above 1 (at 1 every exponent would do).
    loss : {"cdt", "ldt"}
    of : {"classifier", "embedding"}
        Whose norms: class vectors or class means.

    Returns
    -------
    array, the shape of `ratio`
        gamma, NaN where none within [-3, 3] does it.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    sizes = block_sizes(num_majority, num_minority)
    require(min(sizes) > 1, "num_majority and num_minority", "at least 2", min(sizes))
    require(loss in ("cdt", "ldt"), "loss", "one of cdt, ldt", loss)
    require(of in get_args(Norms), "of", f"one of {', '.join(get_args(Norms))}", of)
    R = positive_array(ratio, "ratio")
    require(bool(np.all(R > 1)), "ratio", "above 1", float(R.min()))

    def lead(gamma: Array) -> Array:
        """Log of the squared norm of the majority over that of the minority."""
        geometry = step_geometry(*sizes, R, loss, (R**gamma, 1.0))
        gram = geometry.classifier if of == "classifier" else geometry.embedding
        return np.asarray(np.log(gram.angles.norm_ratio))

    ends = np.full(R.shape, STEEPEST)
    inside = (lead(-ends) > 0) & (lead(ends) < 0)
    return np.where(inside, sign_change(lead, -ends, ends), np.nan)
