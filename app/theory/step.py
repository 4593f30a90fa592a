"""The limit geometry of two class sizes (STEP imbalance) in closed form.

The head of the profile are K_A majority classes of ``ratio * smallest_count`` samples, its tail
K_B minority classes of `smallest_count`. Both Gram matrices then have five different entries.
Source: Behnia, Kini, Vakilian & Thrampoulidis, AISTATS 2023, arXiv 2303.07608, for equally many
classes of both kinds; for any numbers of classes derived here.
"""

from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import positive_array, require
from app.theory.inputs import block_sizes
from app.theory.seli import LimitLoss
from app.theory.step_gram import StepAngles, StepGram, step_gram

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StepGeometry:
    """Both Gram matrices of two groups, and how far class vectors and means are parallel.

    Attributes
    ----------
    classifier, embedding : StepGram
        Of the class vectors w and of the class means h.
    majority_alignment, minority_alignment : array
        Cosine of w and h of one class.
    """

    classifier: StepGram
    embedding: StepGram
    majority_alignment: Array
    minority_alignment: Array


class StepLimit(NamedTuple):
    """Limits of the angles of class vectors and of class means."""

    classifier: StepAngles
    embedding: StepAngles


def step_geometry(
    num_majority: int,
    num_minority: int,
    ratio: ArrayLike,
    loss: LimitLoss = "ce",
    delta: tuple[ArrayLike, ArrayLike] = (1.0, 1.0),
    smallest_count: float = 1.0,
) -> StepGeometry:
    """Return the geometry of vanishing decay for two class sizes, equal to that of `seli`.

    Parameters
    ----------
    num_majority, num_minority : int
        K_A and K_B, at least 1.
    ratio : array
        R, above 0: majority count over minority count.
    loss : {"ce", "cdt", "ldt"}
        As for `seli`.
    delta : pair of arrays
        Temperatures of majority and minority, above 0; (1, 1) for "ce".
    smallest_count : float
        Samples of a minority class, above 0; it scales all of W by its fourth root, and H by
        the inverse.

    Returns
    -------
    StepGeometry of arrays, the shapes of `ratio` and `delta` broadcast

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    K_A, K_B = block_sizes(num_majority, num_minority)
    R, d_A, d_B = np.broadcast_arrays(positive_array(ratio, "ratio"), *_checked(loss, delta))
    scale = np.sqrt(positive_array(smallest_count, "smallest_count"))
    a2, b2 = mode_weights(K_A, K_B, loss, d_A / d_B)
    # Singular values of logits D^(1/2): of the contrasts within either group and of the cross
    # mode, whose left singular vector is (b, -a) over the groups, and right (b s_A, -a s_B) / s.
    s_A, s_B = np.sqrt(R) / d_A, 1 / d_B
    s = np.sqrt(b2 * s_A**2 + a2 * s_B**2)
    classifier = step_gram(K_A, K_B, (s_A, s_B), s * b2, s * a2, scale, scale)
    shares = b2 * s_A**2 / s, a2 * s_B**2 / s
    embedding = step_gram(K_A, K_B, (s_A, s_B), *shares, 1 / (R * scale), 1 / scale)
    own_A, own_B = (1 - a2 / K_A) / d_A, (1 - b2 / K_B) / d_B
    return StepGeometry(
        classifier,
        embedding,
        own_A / np.sqrt(classifier.majority_square * embedding.majority_square),
        own_B / np.sqrt(classifier.minority_square * embedding.minority_square),
    )


def step_limit(
    num_majority: int,
    num_minority: int,
    loss: LimitLoss = "ce",
    delta_ratio: ArrayLike = 1.0,
) -> StepLimit:
    """Return where the angles of `step_geometry` tend as the imbalance ratio R grows.

    Minority class vectors become parallel, with ``1 - cos`` falling as ``R^(-1/2)``; class means
    do not, but those of the majority shrink against them (derived here; minority collapse was
    first described by Fang et al., 2021, arXiv 2101.12699).

    Parameters
    ----------
    num_majority, num_minority : int
        K_A and K_B, at least 1.
    loss : {"ce", "cdt", "ldt"}
        As for `seli`. With "ldt" the limit is that of "ce", but for the norms of the means of a
        single minority class.
    delta_ratio : array
        Majority over minority temperature, above 0, held fixed as R grows; 1 for "ce". With
        LDT temperatures ``n^gamma`` the limit of "ce" holds too where gamma < 1/2, since the
        effective ratio ``R^(1 - 2 gamma)`` still grows.

    Raises
    ------
    UserError
        If an argument is out of range.
    """
    K_A, K_B = block_sizes(num_majority, num_minority)
    share, _ = _checked(loss, (delta_ratio, 1.0))
    a2, b2 = mode_weights(K_A, K_B, loss, share)
    b = np.sqrt(b2)
    zero, one, undefined = np.zeros(b.shape), np.ones(b.shape), np.full(b.shape, np.nan)
    w_A, h_A = K_A - 1 + b**3, K_A - 1 + b
    classifier = StepAngles(
        w_A * K_B / (K_A * b * a2),
        undefined if K_A == 1 else (b**3 - 1) / w_A,
        undefined if K_B == 1 else one,
        -np.sqrt(b**3 / w_A),
    )
    if K_B == 1:  # no contrast keeps the only minority mean at its length
        norm_ratio = b * h_A / (K_A * a2 * (share**2 if loss != "ce" else one))
        minority, across = undefined, -np.sqrt(b / h_A)
    else:
        norm_ratio, minority, across = zero, np.full(b.shape, -1 / (K_B - 1)), zero
    majority = undefined if K_A == 1 else (b - 1) / h_A
    return StepLimit(classifier, StepAngles(norm_ratio, majority, minority, across))


def mode_weights(K_A: int, K_B: int, loss: LimitLoss, delta_ratio: Array) -> tuple[Array, Array]:
    """Return squared weights a^2, b^2 of either group in the direction that no logits have.

    Logits are at right angles to 1 ("ce", "ldt") or to 1 / delta ("cdt").
    """
    heavy = K_B * (delta_ratio**2 if loss == "cdt" else np.ones(delta_ratio.shape))
    return np.asarray(K_A / (K_A + heavy)), np.asarray(heavy / (K_A + heavy))


def _checked(loss: LimitLoss, delta: tuple[ArrayLike, ArrayLike]) -> tuple[Array, Array]:
    """Temperatures of both groups as positive floats, 1 for cross-entropy."""
    require(loss in get_args(LimitLoss), "loss", f"one of {', '.join(get_args(LimitLoss))}", loss)
    d_A, d_B = (positive_array(temperature, "delta") for temperature in delta)
    plain = bool(np.all(d_A == 1) and np.all(d_B == 1))
    require(loss != "ce" or plain, "delta", 'left at 1 for loss "ce"', (d_A, d_B))
    return d_A, d_B
