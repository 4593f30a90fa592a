"""The exact optimum for two class sizes, at any decay: four numbers and one bisection.

By symmetry the optimal logits, times the root of the counts, are ``a_A (I - J / K_A)`` within
the majority, ``a_B (I - J / K_B)`` within the minority, plus a cross mode with components c_A
and -c_B on the samples of either group. The objective is the loss plus
``lambda ((K_A - 1) a_A + (K_B - 1) a_B + hypot(c_A, c_B))``, lambda the geometric mean of the
decays (nuclear norm of the logits: Hong & Ling, arXiv 2309.09725).

Derived here: hypot is the largest ``c_A cos t + c_B sin t``. For a fixed angle t the groups
separate, and setting their gradients to zero gives all probabilities, hence all logits, in
closed form. The angle is that of (c_A, c_B) itself, where c_B / c_A falls past tan t.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import positive_array
from app.theory.geometry import Geometry, least_norm_geometry
from app.theory.roots import sign_change
from app.theory.step_gram import StepGram, step_gram
from app.theory.step_problem import StepProblem

Array = NDArray[np.float64]

STEEPEST = 80.0  # log tan t within which the angle is sought
ALMOST_ONE = 1 - 1e-12


@dataclass(frozen=True, eq=False)
class StepOptimum:
    """Global optimum for two class sizes; arrays over all settings at once, (...).

    Attributes
    ----------
    problem : StepProblem
    decay, decay_ratio : array
        Geometric mean of the decays, and that of the features over that of the classifier.
    contrasts : (..., 2) array
        a_A and a_B, exactly 0 where the classes of the group are merged.
    cross : (..., 2) array
        c_A and -c_B, both exactly 0 where the cross mode is absent.
    """

    problem: StepProblem
    decay: Array
    decay_ratio: Array
    contrasts: Array
    cross: Array

    @property
    def nuclear_norm(self) -> Array:
        """Of the logits times the root of the counts, (...)."""
        contrasts = self.contrasts @ (np.array(self.problem.sizes) - 1.0)
        return np.asarray(contrasts + np.hypot(*_groups(self.cross)))

    @property
    def objective(self) -> Array:
        """The least value: mean loss plus half the decays times squared norms, (...)."""
        problem, (own, other) = self.problem, _group_sizes(self.problem)
        shares = (own - 1) / own
        within = problem.slopes * self.contrasts - problem.within_offsets
        across = shares * problem.slopes * self.contrasts - problem.across_offsets
        across = across + problem.cross_slopes * np.abs(self.cross)
        losses = np.log1p((own - 1) * np.exp(-within) + other * np.exp(-across))
        return np.asarray((own * problem.masses * losses).sum(-1) + self.decay * self.nuclear_norm)

    @property
    def logits(self) -> Array:
        """(..., K, K), column k the logits of a sample of class k."""
        K_A, K_B = self.problem.sizes
        group = np.repeat([0, 1], [K_A, K_B])
        b, a = _groups(np.sqrt(self.problem.direction))
        mode = np.stack([b / np.sqrt(K_A), -a / np.sqrt(K_B)], axis=-1)[..., group]
        sides = (self.cross / np.sqrt(np.array(self.problem.sizes)))[..., group]
        inside = np.equal.outer(group, group) / np.array([K_A, K_B])[group]
        centred = (np.eye(K_A + K_B) - inside) * self.contrasts[..., None, group]
        weighted = centred + mode[..., :, None] * sides[..., None, :]
        return np.asarray(weighted / np.sqrt(self.problem.counts[..., None, group]))

    @property
    def classifier(self) -> StepGram:
        """Entries of ``W W^T``."""
        sizes, stretch = self.problem.sizes, np.sqrt(self.decay_ratio)
        strength = np.hypot(*_groups(self.cross))[..., None] * self.problem.direction
        return step_gram(*sizes, _groups(self.contrasts), *_groups(strength), stretch, stretch)

    @property
    def embedding(self) -> StepGram:
        """Entries of the Gram matrix of the class means."""
        length = np.hypot(*_groups(self.cross))[..., None]
        parts = np.divide(self.cross**2, length, out=np.zeros(self.cross.shape), where=length > 0)
        scales = 1 / (self.problem.counts * np.sqrt(self.decay_ratio)[..., None])
        return step_gram(
            *self.problem.sizes, _groups(self.contrasts), *_groups(parts), *_groups(scales)
        )

    def geometry(self) -> Geometry:
        """Return the geometry in matrices, for a single setting."""
        group = np.repeat([0, 1], self.problem.sizes)
        return least_norm_geometry(
            self.problem.counts[group],
            self.logits,
            1 / self.problem.logit_temperatures[group],
            float(self.decay_ratio),
        )


def step_optimum(
    problem: StepProblem, weight_decay: ArrayLike, feature_decay: ArrayLike
) -> StepOptimum:
    """Return the global optimum for two class sizes without bias, in d >= K - 1 dimensions.

    Parameters
    ----------
    problem : StepProblem
        From `step_problem`.
    weight_decay, feature_decay : arrays
        lW and lH of the mean loss, with halves, above 0; broadcast against `problem`.

    Raises
    ------
    UserError
        If a decay is not above 0.
    """
    l_W = positive_array(weight_decay, "weight_decay")
    l_H = positive_array(feature_decay, "feature_decay")
    decay, decay_ratio = np.broadcast_arrays(np.sqrt(l_W) * np.sqrt(l_H), l_H / l_W)
    shape = np.broadcast_shapes(decay.shape, problem.masses.shape[:-1])
    decay, decay_ratio = np.broadcast_to(decay, shape), np.broadcast_to(decay_ratio, shape)
    silent = silencing_pull(problem, decay)
    contrasts, _ = respond(problem, decay, np.minimum(silent, 1.0))
    apart, cross = respond(problem, decay, aligned_pull(problem, lambda _: decay, shape))
    alive = (np.hypot(*_groups(silent)) > 1)[..., None]
    sides = np.where(alive, cross * np.array([1.0, -1.0]), 0.0)
    return StepOptimum(problem, decay, decay_ratio, np.where(alive, apart, contrasts), sides)


def respond(problem: StepProblem, decay: Array, pull: Array) -> tuple[Array, Array]:
    """Return contrasts and cross components that are best against a linear pull on the latter.

    Minimises the loss plus ``decay ((K_g - 1) a_g + pull_g c_g)`` over ``a_g >= 0`` and c_g for
    each group g, where the gradient in both is zero: two linear equations for the probabilities
    of the own group's other classes and of the other group.

    Parameters
    ----------
    decay : (...) array
    pull : (..., 2) array
        Above 0, at most 1.

    Returns
    -------
    contrasts, cross : (..., 2) arrays
    """
    own, other = _group_sizes(problem)
    slope, lean = problem.slopes, np.sqrt(problem.direction)
    strain = decay[..., None] / (problem.masses * slope)
    across = np.minimum(strain * lean * pull, ALMOST_ONE)
    # (1 - lean^2) / (1 + lean) is 1 - lean, not rounded to 0 by lopsided temperatures.
    rest = problem.direction[..., ::-1] / (1 + lean) + lean * (1 - pull)
    within = (own - 1) / own * strain * rest
    right = 1 - across - within
    apart = (right > 0) & (own > 1)
    margin = np.log(np.maximum(own - 1, 1) * _where(apart, right) / _where(apart, within))
    contrasts = np.where(apart, (margin + problem.within_offsets) / slope, 0.0)
    apart &= contrasts > 0
    contrasts = np.where(apart, contrasts, 0.0)
    merged = (1 - across) / (1 + (own - 1) * np.exp(problem.within_offsets))
    margin = np.log(other * np.where(apart, right, merged) / across) + problem.across_offsets
    return contrasts, (margin - (own - 1) / own * slope * contrasts) / problem.cross_slopes


def silencing_pull(problem: StepProblem, decay: Array) -> Array:
    """Return the pulls at which the cross component of each group is 0, (..., 2).

    They are the gradient of the loss without cross mode, in units of the decay, and infinite
    where above 1. The cross mode is alive where their hypotenuse is above 1.
    """
    ones = np.ones((*decay.shape, 2))
    silent = sign_change(lambda pull: respond(problem, decay, pull)[1], np.zeros(ones.shape), ones)
    return np.where(respond(problem, decay, ones)[1] > 0, np.inf, silent)


def aligned_pull(
    problem: StepProblem, decay: Callable[[Array], Array], shape: tuple[int, ...]
) -> Array:
    """Return the unit pulls that are parallel to the cross components they leave, (..., 2).

    At the optimum they are, unless the cross mode is absent; then they have no meaning.

    Parameters
    ----------
    decay : callable
        Decays (...) for given pulls (..., 2).
    shape : tuple of int
        Of the decays.
    """

    def lead(log_tangent: Array) -> Array:
        pull = _pull_of_angle(log_tangent)
        c_A, c_B = _groups(respond(problem, decay(pull), pull)[1])
        return np.asarray(c_B * pull[..., 0] - c_A * pull[..., 1])

    return _pull_of_angle(sign_change(lead, np.full(shape, -STEEPEST), STEEPEST))


def _pull_of_angle(log_tangent: Array) -> Array:
    """Cosine and sine, (..., 2)."""
    tangent = np.exp(log_tangent)
    return np.stack([1 / np.hypot(1, tangent), tangent / np.hypot(1, tangent)], axis=-1)


def _group_sizes(problem: StepProblem) -> tuple[Array, Array]:
    """Numbers of classes of each group, and of the respective other one, (2,)."""
    own = np.array(problem.sizes, float)
    return own, own[::-1]


def _groups(values: Array) -> tuple[Array, Array]:
    """Majority and minority."""
    return values[..., 0], values[..., 1]


def _where(mask: NDArray[np.bool_], values: Array) -> Array:
    """`values`, 1 outside `mask`, so that a logarithm may be taken everywhere."""
    return np.where(mask, values, 1.0)
