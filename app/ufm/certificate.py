"""How far a point can at most be from the global optimum: a bound by convex duality.

In U = H sqrt(n) and X = W U^T (logits are X / sqrt(n), column by column) the least objective over
all factors is the convex problem

    P = min_X F(X) + lam ||X||_*,    lam = sqrt(weight_decay feature_decay),

where F is the loss and ||.||_* the nuclear norm (Zhu et al., NeurIPS 2021, arXiv 2105.02375;
Hong & Ling, arXiv 2309.09725). For softmax losses its dual maximises an entropy over class
probabilities q_k under ||Y(q)||_op <= lam, Y(q)[:, k] = c_k / sqrt(n_k) A[:, k] (e_k - q_k), and
any feasible q bounds P from below. A point with probabilities p offers two: e_k - s (e_k - p_k)
with the largest feasible s <= 1, and Y(p) with its singular values cut at lam. With features of at
least zero ||X||_* becomes a norm whose polar is max ||Y v|| over unit v >= 0, which is at most the
root of the largest eigenvalue of max(Y^T Y, 0), entry by entry. A bias b adds to the dual value
-||r||^2 / (2 bias_decay), r = sum_k c_k A[:, k] (e_k - q_k), or the constraint r = 0. What the
papers do not state is derived here and checked in the tests.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, xlog1py

from app.ufm.best_bias import best_bias_shift, bias_pull
from app.ufm.problem import Problem
from app.ufm.stack import Stack, stack_of

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Certificate:
    """What is proven about a point.

    Attributes
    ----------
    objective : float
        J at the point.
    lower_bound : float
        No classifier and features, of any dimension, have a lower objective. NaN where
        `why_no_bound` says why. With d < K the optimum itself may lie above it.
    gap : float
        objective - lower_bound: the point is at most this far from optimal.
    ratio : float
        Norm of Y over lam. A stationary point with ratio <= 1 is a global optimum; one above 1
        is a saddle, or stuck (with ReLU: a class that lost all its coordinates; with d < K: by
        lack of dimensions). With ReLU the norm is itself a bound, so an optimum with features
        that are not orthogonal may show a ratio above 1. NaN where there is no bound, and for a
        fixed classifier, where every stationary point is optimal.
    """

    objective: float
    lower_bound: float
    gap: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Certificates:
    """`Certificate` of many points: every attribute is an array over them."""

    objective: FloatArray
    lower_bound: FloatArray
    gap: FloatArray
    ratio: FloatArray


def certificate(problem: Problem, W: FloatArray, U: FloatArray, b: FloatArray) -> Certificate:
    """Bound the distance of one point to the global optimum.

    Parameters
    ----------
    problem : Problem
        Of class means.
    W, U : (K, d) arrays
        Classifier, and class means times sqrt(n_k).
    b : (K,) array
        Bias, zero in a problem without one.
    """
    found = certificates(problem, W[None], U[None], b[None])
    return Certificate(
        objective=float(found.objective[0]),
        lower_bound=float(found.lower_bound[0]),
        gap=float(found.gap[0]),
        ratio=float(found.ratio[0]),
    )


def certificates(problem: Problem, W: FloatArray, U: FloatArray, b: FloatArray) -> Certificates:
    """Bound the distances of T points, as of a trajectory: W, U (T, K, d), b (T, K).

    Each bound holds for the problem, so the best so far is the running maximum of `lower_bound`.
    """
    return stack_certificates(stack_of([problem]), W, U, b)


def stack_certificates(stack: Stack, W: FloatArray, U: FloatArray, b: FloatArray) -> Certificates:
    """Bound the distance of one point of each problem of a stack; NaN where one is not finite."""
    objective = stack.objective(W, U, b)
    known = np.isfinite(objective) & _bounded(stack)
    W, U, b = (np.where(known.reshape(-1, *[1] * (part.ndim - 1)), part, 0.0) for part in (W, U, b))
    if not known.any():
        bound = ratio = np.full_like(objective, np.nan)
    elif stack.fixed_classifier is not None:
        bound, ratio = _strongly_convex_bound(stack, W, U, b), np.full_like(objective, np.nan)
    else:
        bound, ratio = _dual_bound(stack, W, U, b)
    # At an optimum both are equal but for rounding.
    bound = np.where(known & np.isfinite(bound), np.minimum(bound, objective), np.nan)
    return Certificates(objective, bound, objective - bound, np.where(known, ratio, np.nan))


def why_no_bound(problem: Problem) -> str:
    """Return why `Certificate.lower_bound` is NaN, in one sentence; empty if it is not."""
    if problem.focusing > 0.0:
        return "The focal loss is not convex, so no bound is known."
    if not _bounded(stack_of([problem])).all():
        return "Without weight decay there is no optimum to bound."
    return ""


def residual_norm(stack: Stack, residuals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Y (B, K, K) and its polar norm, or a bound on it, (B,): feasible means <= lam."""
    Y = _dual_matrix(stack, residuals)
    values = np.asarray(np.linalg.svd(Y, compute_uv=False), dtype=np.float64)
    return Y, _polar_norm(stack, Y, values)


def _polar_norm(stack: Stack, Y: FloatArray, values: FloatArray) -> FloatArray:
    """Norm of Y, given its singular values; with ReLU a bound on the norm."""
    if not stack.relu:
        return values[..., 0]
    shared = np.maximum(np.swapaxes(Y, -1, -2) @ Y, 0.0)
    return np.minimum(values[..., 0], np.sqrt(np.linalg.eigvalsh(shared)[..., -1]))


def _bounded(stack: Stack) -> NDArray[np.bool_]:
    """Whether the problem is convex and has an optimum, (B,)."""
    decay = stack.feature_decay if stack.fixed_classifier is not None else stack.threshold
    return np.asarray((decay > 0.0) & (stack.focusing == 0.0))


def _dual_matrix(stack: Stack, residuals: FloatArray) -> FloatArray:
    """Y: minus the gradient of the loss in X."""
    scale = stack.form.weights / stack.roots
    return np.asarray(scale[:, None, :] * stack.form.multipliers * residuals)


def _dual_bound(
    stack: Stack, W: FloatArray, U: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Lower bound and ratio for a learned classifier, (B,) each."""
    z = stack.logits(W, U, b)
    if stack.bias:
        z = z + best_bias_shift(stack, z, b)[..., :, None]
    _, residuals = stack.losses(z)
    Y = _dual_matrix(stack, residuals)
    parts = np.linalg.svd(Y)
    norm = _polar_norm(stack, Y, parts[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = norm / stack.threshold
        shrink = np.where(ratio > 1.0, 1.0 / ratio, 1.0)
    scaled = shrink[..., None, None] * residuals
    bound = _dual_value(stack, scaled)
    clipped = _dual_value(stack, _clipped(stack, parts, scaled))
    if stack.bias:
        # Cutting singular values breaks the constraint that a free bias adds.
        clipped = np.where(stack.bias_decay > 0.0, clipped, -np.inf)
    return np.fmax(bound, clipped), ratio


def _dual_value(stack: Stack, residuals: FloatArray) -> FloatArray:
    """Dual objective at residuals e_k - q_k; -inf where q is no probability."""
    own = np.einsum("...kk->...k", residuals)
    if stack.squared:
        values = own - 0.5 * (residuals**2).sum(axis=-2)
    else:
        # As differences to the label's offset and error, or all digits cancel near p_k = e_k.
        others = -residuals
        np.einsum("...kk->...k", others)[...] = 0.0
        lead = stack.form.offsets - np.einsum("...kk->...k", stack.form.offsets)[..., None, :]
        values = (entr(others) + others * lead).sum(axis=-2) - xlog1py(1.0 - own, -own)
    value = (stack.form.weights * values).sum(axis=-1)
    if stack.bias:
        value = value - _bias_penalty(stack, bias_pull(stack, residuals))
    return np.asarray(value)


def _bias_penalty(stack: Stack, pull: FloatArray) -> FloatArray:
    """What a pull on the bias costs the dual, (B,): infinitely much if the bias is free."""
    squares = (pull**2).sum(axis=-1)
    ridged = np.broadcast_to(stack.bias_decay, squares.shape) > 0.0
    rounding = 1e-12 * stack.form.weights.sum(axis=-1)
    free = np.where(squares <= rounding**2, 0.0, np.inf)
    return np.asarray(np.divide(squares, 2.0 * stack.bias_decay, out=free, where=ridged))


def _clipped(
    stack: Stack, parts: tuple[FloatArray, FloatArray, FloatArray], scaled: FloatArray
) -> FloatArray:
    """Residuals whose Y has its singular values cut at lam, as far as q stays a probability.

    ``parts`` are the singular vectors and values of Y.

    Columns keep their sum of zero: A[j, k] = a_j e_k, so every column of Y, and with it every left
    singular vector, is orthogonal to 1 / a. What makes a probability negative is blended with
    ``scaled``, which is feasible.
    """
    left, values, right = parts
    values = np.minimum(values, stack.threshold[..., None])
    cut = (left * values[..., None, :]) @ right
    cut = cut * (stack.roots / stack.form.weights)[:, None, :] / stack.form.multipliers
    if stack.squared:
        return np.asarray(cut)
    np.einsum("...kk->...k", cut)[...] = 0.0
    np.einsum("...kk->...k", cut)[...] = -cut.sum(axis=-2)
    identity = np.eye(cut.shape[-1])
    room, excess = identity - scaled, cut - scaled
    beyond = (cut > identity) & (excess > 0.0)
    steps = np.divide(room, excess, out=np.full_like(cut, np.inf), where=beyond)
    blend = np.clip(steps.min(axis=(-2, -1)), 0.0, 1.0)[..., None, None]
    mixed = scaled + blend * excess
    # Rounding must not leave a probability of -1e-20.
    np.minimum(mixed, identity, out=mixed)
    return np.asarray(mixed)


def _strongly_convex_bound(stack: Stack, W: FloatArray, U: FloatArray, b: FloatArray) -> FloatArray:
    """Lower bound for a fixed classifier, by the curvature that decay gives the features.

    J(V) >= J(U) + <g, V - U> + feature_decay / 2 ||V - U||^2 for every V, g the gradient at U with
    the best bias; the right side is minimised over all V, or over V >= 0.
    """
    z = stack.logits(W, U, b)
    if stack.bias:
        b = b + best_bias_shift(stack, z, b)
    _, residuals = stack.losses(stack.logits(W, U, b))
    Y = _dual_matrix(stack, residuals)
    pull = bias_pull(stack, residuals) - stack.bias_decay[:, None] * b
    decay = np.where(stack.feature_decay > 0.0, stack.feature_decay, np.nan)[..., None, None]
    gradient = decay * U - np.swapaxes(Y, -1, -2) @ W
    step = -gradient / decay
    if stack.relu:
        step = np.maximum(step, -U)
    change = gradient * step + 0.5 * decay * step**2
    bound = stack.objective(W, U, b) + change.sum(axis=(-2, -1))
    return np.asarray(bound - _bias_penalty(stack, pull) if stack.bias else bound)
