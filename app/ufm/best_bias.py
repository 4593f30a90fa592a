"""The bias that is best for given classifier and features: a convex problem of K numbers."""

import numpy as np
from numpy.typing import NDArray

from app.ufm.stack import Stack

FloatArray = NDArray[np.float64]

_STEPS = 200


def best_bias_shift(stack: Stack, z: FloatArray, b: FloatArray) -> FloatArray:
    """What to add to the bias b, (B, K), so that it is the best one for the logits z - b.

    Newton's method; the steps are those that make it global for losses like these (generalised
    self-concordance: Sun & Tran-Dinh, 2019, arXiv 1703.04599, with nu = 2). Each problem stops by
    itself, so that its bias does not depend on which others it is solved with.
    """
    decay = np.broadcast_to(stack.bias_decay, b.shape[:1])[:, None]
    shift = np.zeros_like(b)
    identity = np.eye(b.shape[-1])
    going = np.ones_like(b[..., :1], dtype=bool)
    if stack.squared:
        _, residuals = stack.losses(z)
        slope = bias_pull(stack, residuals) - decay * b
        return np.asarray(slope / (stack.form.weights.sum(axis=-1, keepdims=True) + decay))
    for _ in range(_STEPS):
        _, residuals = stack.losses(z + shift[..., :, None])
        slope = bias_pull(stack, residuals) - decay * (b + shift)
        hessian = _hessian(stack, residuals) + decay[..., None] * identity
        # One direction is flat, with no slope along it; where a softmax saturates all may be.
        trace = np.einsum("...kk->...", hessian)
        damp = 1e-14 * (trace + np.abs(slope).max(axis=-1)) + 1e-300
        step = np.linalg.solve(hessian + damp[..., None, None] * identity, slope[..., None])
        inputs = stack.form.multipliers * step
        reach = np.ptp(inputs, axis=-2).max(axis=-1)[..., None]
        damping = np.divide(np.log1p(reach), reach, out=np.ones_like(reach), where=reach > 0.0)
        shift = shift + np.where(going, damping * step[..., 0], 0.0)
        going &= reach >= 1e-9
        if not going.any():
            break
    return shift


def bias_pull(stack: Stack, residuals: FloatArray) -> FloatArray:
    """Minus the gradient of the loss in the bias, (B, K)."""
    slopes = stack.form.weights[:, None, :] * stack.form.multipliers * residuals
    return np.asarray(slopes.sum(axis=-1))


def _hessian(stack: Stack, residuals: FloatArray) -> FloatArray:
    """Curvature of the softmax losses in the bias, (B, K, K)."""
    A = stack.form.multipliers
    identity = np.eye(A.shape[-1])
    q = identity - residuals
    scaled = A * q
    crossed = (stack.form.weights[:, None, :] * scaled) @ np.swapaxes(scaled, -1, -2)
    # p (1 - p) without cancellation, be p near zero or one.
    spread = np.where(identity > 0, residuals, 1.0 + residuals)
    diagonal = (stack.form.weights[:, None, :] * A**2 * q * spread).sum(axis=-1)
    np.einsum("...kk->...k", crossed)[...] = 0.0
    return np.asarray(-crossed + diagonal[..., None] * identity)
