"""The layer-peeled model of minority collapse, with bounds on norms in place of decays."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import positive_array
from app.theory.inputs import block_sizes
from app.theory.roots import sign_change
from app.theory.step_optimum import step_optimum
from app.theory.step_problem import StepProblem

Array = NDArray[np.float64]

MAX_RATIO = 1e12


def fang_ratio(
    num_majority: int,
    num_minority: int,
    classifier_energy: ArrayLike,
    feature_energy: ArrayLike,
) -> Array:
    """Return R_0, the imbalance ratio from which minority class vectors are all the same.

    The model minimises the mean cross-entropy, without bias, subject to
    ``sum_k ||w_k||^2 / K <= E_W`` and ``sum_k ||h_k||^2 / K <= E_H``, h_k the features of class
    k. Fang, He, Long & Su (PNAS 2021, arXiv 2101.12699) proved that minority vectors meet as R
    grows without bound and saw them meet at a finite R_0. It is exact here (own derivation):
    the bounds act through the nuclear norm of the logits alone, at most ``K sqrt(E_W E_H)``,
    and the minority merges where the multiplier of that bound is ``n_B / N``. R_0 depends on
    the product of the energies, not on the number of samples.

    Parameters
    ----------
    num_majority, num_minority : int
        K_A and K_B; at least 2 minority classes.
    classifier_energy, feature_energy : arrays
        E_W and E_H, above 0.

    Returns
    -------
    array, the shapes of the energies broadcast

    Raises
    ------
    UserError
        If an argument is out of range, or R_0 is above 1e12.
    """
    K_A, K_B = block_sizes(num_majority, num_minority)
    if K_B < 2:
        raise UserError(f"num_minority must be at least 2, got {K_B}.")
    E_W = positive_array(classifier_energy, "classifier_energy")
    E_H = positive_array(feature_energy, "feature_energy")
    bound = np.asarray((K_A + K_B) * np.sqrt(E_W * E_H))
    if np.any(_norm_at_merging(K_A, K_B, np.array(MAX_RATIO)) < bound):
        raise UserError(
            "classifier_energy * feature_energy must be small enough for a ratio below "
            f"{MAX_RATIO:g}, got {float(np.max(E_W * E_H))!r}."
        )
    high = np.full(bound.shape, np.log(MAX_RATIO))
    log_ratio = sign_change(
        lambda at: bound - _norm_at_merging(K_A, K_B, np.exp(at)), np.zeros(bound.shape), high
    )
    return np.asarray(np.exp(log_ratio))


def _norm_at_merging(K_A: int, K_B: int, ratio: Array) -> Array:
    """Nuclear norm of the best logits where its multiplier is n_B / N; it grows with the ratio."""
    share = 1 / (K_A * ratio + K_B)
    ones = np.ones((*ratio.shape, 2))
    weights = (K_A + K_B) * np.stack([ratio * share, share], axis=-1)
    zero = np.zeros(ones.shape)
    problem = StepProblem((K_A, K_B), ones, ones, ones, zero, zero, weights)
    return step_optimum(problem, share, share).nuclear_norm
