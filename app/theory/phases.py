"""The phases of a minority of equal classes as the decay grows, with free features."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.theory.roots import sign_change
from app.theory.step_optimum import StepOptimum, aligned_pull, respond, silencing_pull
from app.theory.step_problem import StepProblem

Phase = Literal["distinct", "merged", "vanished", "collapsed"]
Array = NDArray[np.float64]


class PhaseCurves(NamedTuple):
    """Decays lambda at which the minority leaves one phase for the next; see `phases`."""

    merging: Array
    vanishing: Array
    collapsing: Array


def phases(optimum: StepOptimum) -> NDArray[np.str_]:
    """Name the phase of the minority classes of a step profile, features free.

    "distinct": they differ from each other. "merged": one class vector and one mean for all of
    them, not zero. "vanished": both zero, while majority classes differ. "collapsed": everything
    is zero. A single minority class is never merged. Cross-entropy goes through all four as the
    decay grows (derived here). Under weights in favour of the minority it is the majority that
    merges first, of which nothing is said here.

    Returns
    -------
    array of str, the shape of `optimum`
    """
    contrast = optimum.contrasts > 0
    cross = optimum.cross[..., 0] != 0
    single = optimum.problem.sizes[1] == 1
    words = np.where(contrast[..., 0], "vanished", "collapsed")
    words = np.where(cross, "distinct" if single else "merged", words)
    return np.where(contrast[..., 1], "distinct", words)


def phase_curves(problem: StepProblem) -> PhaseCurves:
    """Return the decays lambda that separate the phases of the minority.

    For cross-entropy, in units of 1 / N: ``sqrt(n_B)``; the root x_c of
    ``x^2 = s^2 n_A K / K_B + n_B K_A / K``, s the probability that a majority sample is given
    to the minority when only the majority is told apart; ``sqrt(n_A)`` (derived here). The
    curves for any loss follow from the same conditions.

    Parameters
    ----------
    problem : StepProblem
        From `step_problem`; one curve point for each of its settings.

    Returns
    -------
    PhaseCurves
        Merging of the minority (never, 0, for a single class), vanishing of the cross mode, and
        collapse of everything. They need not be ordered for losses that favour the minority
        beyond the majority.
    """
    scale = np.array(problem.sizes) * problem.masses * problem.cross_slopes
    most = np.hypot(scale[..., 0], scale[..., 1])  # of the gradient of the cross mode
    vanishing = sign_change(
        lambda decay: np.linalg.norm(silencing_pull(problem, decay), axis=-1) - 1,
        np.zeros(most.shape),
        most,
    )
    merging = _merging(problem)
    return PhaseCurves(merging[..., 1], vanishing, np.maximum(merging.max(axis=-1), vanishing))


def _merging(problem: StepProblem) -> Array:
    """Decays from which the classes of each group are merged, (..., 2); 0 for a single class."""
    merging = problem.masses * problem.slopes
    if problem.within_offsets.any():
        merging = np.stack([_merging_with_margin(problem, group) for group in (0, 1)], axis=-1)
    return np.where(np.array(problem.sizes) > 1, merging, 0.0)


def _merging_with_margin(problem: StepProblem, group: int) -> Array:
    """Decay (...) from which a group is merged if its own logits have an offset (LDAM).

    The decay at which the contrast starts depends on the pull upon the cross mode, in closed
    form; the pull is that of an optimum with a cross mode, or that of one without.
    """
    size = problem.sizes[group]
    likely = np.exp(problem.within_offsets[..., group])
    share = size * likely / (1 + (size - 1) * likely)
    lean = np.sqrt(problem.direction[..., group])
    threshold = problem.masses[..., group] * problem.slopes[..., group]

    def decay(pull: Array) -> Array:
        return np.asarray(threshold * share / (1 - (1 - share) * lean * pull[..., group]))

    def silence(pull: Array) -> Array:
        return respond(problem, decay(pull), pull)[1]

    shape = problem.masses.shape
    with_cross = decay(aligned_pull(problem, decay, shape[:-1]))
    without = decay(sign_change(silence, np.zeros(shape), np.ones(shape)))
    strength = np.linalg.norm(silencing_pull(problem, with_cross), axis=-1)
    return np.where(strength > 1, with_cross, without)
