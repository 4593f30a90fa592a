"""Where to start so that descent ends at the global optimum, and how to leave a saddle.

Points are in balanced coordinates, where both decays are lam: X = W U^T is the same, and with
X = P S Q^T the cheapest factors are W = P sqrt(S), U = Q sqrt(S).
"""

import numpy as np
from numpy.typing import NDArray

from app.ufm.stack import Stack

FloatArray = NDArray[np.float64]


def first_order(stack: Stack) -> FloatArray:
    """Return X (B, K, K) near the optimum without ReLU, the nearer the smaller the decay.

    As lam tends to 0, logits grow along Zhat, of which every margin A[k,k] z_k - A[j,k] z_j is 1
    (Behnia et al., AISTATS 2023, arXiv 2303.07608). With B the polar factor of Zhat sqrt(n), the
    optimality of X at small lam asks for probabilities p[j,k] = lam |B[j,k]| sqrt(n_k) / (c_k
    A[j,k]), and these for margins (derived here). Where they exceed those of a uniform softmax
    the class is about to collapse, and logits are shrunk.
    """
    if stack.squared:
        return _shrunk(stack)
    A, roots = stack.form.multipliers, stack.roots[:, None, :]
    own = np.eye(A.shape[-1], dtype=bool)
    flat = 1.0 / A
    flat /= np.linalg.norm(flat, axis=-2, keepdims=True)
    left, _, right = np.linalg.svd(_without(own / A, flat) * roots)
    polar = left[..., :-1] @ right[..., :-1, :]
    pull = stack.threshold[:, None, None] * np.abs(polar) * roots
    p = np.where(own, 0.0, pull / (stack.form.weights[:, None, :] * A))
    missed = p.sum(axis=-2, keepdims=True)
    fit = np.minimum(1.0, (1.0 - 1.0 / A.shape[-1]) / missed)
    p = np.where(own, 1.0 - fit * missed, fit * p)
    return np.asarray(_without(_logits(stack, p), flat) * fit * roots)


def _logits(stack: Stack, p: FloatArray) -> FloatArray:
    """Logits, zero for the own class, of which p are the probabilities, none above the own."""
    form = stack.form
    margins = -np.log(np.maximum(p, 1e-300))
    margins -= np.einsum("...kk->...k", margins)[..., None, :].copy()
    margins = np.maximum(margins, 0.0) / (1.0 + stack.focusing[:, None, None])
    lead = form.offsets - np.einsum("...kk->...k", form.offsets)[..., None, :]
    return np.asarray(-(margins + lead) / form.multipliers)


def _shrunk(stack: Stack) -> FloatArray:
    """Return the optimal X (B, K, K) for squared error; for a ridged bias and large lam one near.

    The best bias leaves the loss c / (2 n) ||(diag(sqrt n) - X) Q||^2, Q^2 = I - s v v^T with v
    along sqrt(n) and s = sum(c) / (sum(c) + bias_decay). For s = 0 and s = 1 (no bias, a free one)
    Q projects, and the singular values of diag(sqrt n) Q are shrunk by t = lam n / c (Cai, Candes &
    Shen, 2010, arXiv 0810.3286, theorem 2.1). Else diag(sqrt n) - t Q^-2 is optimal as long as it
    is positive, for then its polar factor is I (derived here).
    """
    identity = np.eye(stack.roots.shape[-1])
    limit = (stack.threshold * (stack.roots**2 / stack.form.weights)[..., 0])[:, None, None]
    mass = stack.form.weights.sum(axis=-1)[:, None, None]
    decay = stack.bias_decay[:, None, None] if stack.bias else np.full_like(mass, np.inf)
    target = stack.roots[..., None] * identity
    v = stack.roots / np.linalg.norm(stack.roots, axis=-1, keepdims=True)
    along = v[..., :, None] * v[..., None, :]
    left, values, right = np.linalg.svd(target @ (identity - mass / (mass + decay) * along))
    shrunk = (left * np.maximum(values - limit[..., 0], 0.0)[..., None, :]) @ right
    stretch = np.divide(mass, decay, out=np.full_like(mass, np.inf), where=decay > 0.0)
    ridged = np.isfinite(stretch) & (decay < np.inf)
    close = target - limit * (identity + np.where(ridged, stretch, 0.0) * along)
    positive = np.linalg.eigvalsh(close)[..., :1, None] >= 0.0
    return np.asarray(np.where(ridged & positive, close, shrunk))


def factors(X: FloatArray, dim: int) -> tuple[FloatArray, FloatArray]:
    """Split X (B, K, K) into its cheapest W and U (B, K, dim) of the best rank `dim` <= K."""
    left, values, right = np.linalg.svd(X)
    root = np.sqrt(values[..., None, :dim])
    return left[..., :dim] * root, np.swapaxes(right, -1, -2)[..., :dim] * root


def frame(X: FloatArray, dim: int) -> tuple[FloatArray, FloatArray]:
    """Give each class a coordinate of its own: U (B, K, dim) is at least zero, X = W U^T.

    The optimum of cross-entropy with ReLU has this form (Dang et al., ICML 2024, arXiv
    2401.02058). With dim < K the classes share coordinates in turn, largest columns first.
    """
    norms = np.linalg.norm(X, axis=-2)
    rank = np.argsort(np.argsort(-norms, axis=-1), axis=-1)
    U = np.sqrt(norms)[..., None] * (rank[..., None] % dim == np.arange(dim))
    squares = (U**2).sum(axis=-2, keepdims=True)
    W = np.divide(X @ U, squares, out=np.zeros_like(X @ U), where=squares > 0.0)
    return W, U


def random_factors(
    num_classes: int, dim: int, scale: FloatArray, nonnegative: bool, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Draw W and U (B, K, dim), entries of mean square scale (B,) / dim.

    The same for every problem but for the scale, so that what is found for one does not depend on
    which others it is solved with.
    """
    rng = np.random.default_rng(seed)
    W, U = rng.standard_normal((2, 1, num_classes, dim))
    size = np.sqrt(scale / dim)[:, None, None]
    return W * size, (np.abs(U) if nonnegative else U) * size


def escape(
    W: FloatArray, U: FloatArray, Y: FloatArray, nonnegative: bool
) -> tuple[FloatArray, FloatArray]:
    """Step from stationary points (B, K, dim) along the direction in which J falls fastest.

    Adds a multiple of p v^T to X, with v the top right singular vector of Y, or with
    ``nonnegative`` the top eigenvector of max(Y^T Y, 0), and p = Y v normed. It uses the direction
    of feature space that W and U use least.
    """
    if nonnegative:
        _, vectors = np.linalg.eigh(np.maximum(np.swapaxes(Y, -1, -2) @ Y, 0.0))
        v = np.abs(vectors[..., -1])
        use = (W**2 + U**2).sum(axis=-2)
        axis = np.eye(W.shape[-1])[use.argmin(axis=-1)]
    else:
        v = np.linalg.svd(Y)[2][..., 0, :]
        axis = np.linalg.svd(np.concatenate([W, U], axis=-2))[2][..., -1, :]
    p = (Y @ v[..., None])[..., 0]
    p = p / np.linalg.norm(p, axis=-1, keepdims=True)
    size = 0.1 * np.sqrt(1.0 + (U**2).sum(axis=-1).max(axis=-1))[:, None, None]
    return W + size * p[..., None] * axis[:, None], U + size * v[..., None] * axis[:, None]


def _without(Z: FloatArray, flat: FloatArray) -> FloatArray:
    """Columns of Z without their part along the unit columns of `flat`, which no loss sees."""
    return np.asarray(Z - flat * (flat * Z).sum(axis=-2, keepdims=True))
