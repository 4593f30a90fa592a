"""The global optimum of many problems of one kind, each with its certificate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.device import Wish, device_for
from app.errors import UserError
from app.ufm.best_bias import best_bias_shift
from app.ufm.certificate import residual_norm, stack_certificates
from app.ufm.descent import descend
from app.ufm.problem import Problem
from app.ufm.stack import Stack, kind_of, stack_of
from app.ufm.start import escape, factors, first_order, frame, random_factors

FloatArray = NDArray[np.float64]

# Below, squares of what the solution is made of leave the range of float64.
LEAST_DECAY = 1e-100
_ESCAPES = 6
_RANDOM_STARTS = 6
_RANDOM_COST = 2_000_000  # K^2 d, above which there are none: each may take seconds.
_STUCK = 1.0 + 1e-6


@dataclass(frozen=True, eq=False)
class Solutions:
    """The best points found for B problems.

    Attributes
    ----------
    classifier, means : (B, K, d)
        Rows w_k and h_k. Beyond min(d, K) dimensions (2 K with ReLU) they are zero, for the
        optimum needs no more. Any rotation is as good; with d >= K it is the one that makes
        the classifier symmetric, so that both move continuously with the settings.
    bias : (B, K)
    objective, lower_bound, ratio : (B,)
        See `certificate.Certificate`.
    evaluations : (B,)
        Of objective and gradient, over all starts.
    device : str
        Where descents were computed, see `app.device.device_for`.
    """

    classifier: FloatArray
    means: FloatArray
    bias: FloatArray
    objective: FloatArray
    lower_bound: FloatArray
    ratio: FloatArray
    evaluations: NDArray[np.int64]
    device: str


def solve_batch(problems: Sequence[Problem], device: Wish = "auto") -> Solutions:
    """Find the global optimum of class-mean problems that are alike but for their numbers.

    L-BFGS from the first-order formula of small decays, or with ReLU from orthogonal features; if
    the certificate says saddle, off along the direction it names. Without ReLU and with d >= K no
    local minimum is worse than the global one, so the result is the optimum. With ReLU, d < K or
    the focal loss it is the best of a few starts, and the certificate is what is known.

    Parameters
    ----------
    problems : sequence of Problem
        Of class means, of one `kind_of`.
    device : str
        "cpu", "cuda", or "auto", which is the CPU unless `app.device.VARIABLE` says otherwise: a
        few hundred problems take milliseconds there.

    Raises
    ------
    UserError
        If there is no optimum because a decay is zero, problems are not of one kind, or there is
        no such device.
    """
    place = device_for(device)
    kinds = len({kind_of(problem) for problem in problems})
    if kinds != 1:
        raise UserError(f"problems must be of one kind (`kind_of`) to be batched, got {kinds}.")
    stack = stack_of(problems)
    _require_decay(stack)
    dim = problems[0].dim
    normal, scale_W, scale_U = stack.normalized()
    if stack.fixed_classifier is not None:
        W, U, b, evaluations = _solve_fixed(normal, stack.fixed_classifier, place)
    else:
        W, U, b, evaluations = _solve_learned(normal, dim, place)
        if not stack.relu and dim >= W.shape[1]:
            W, U = _upright(W, U)
    W, U = W * scale_W, U * scale_U
    bounds = stack_certificates(stack, W, U, b)
    return Solutions(
        classifier=_padded(W, dim),
        means=_padded(U / stack.roots[:, :, None], dim),
        bias=b,
        objective=bounds.objective,
        lower_bound=bounds.lower_bound,
        ratio=bounds.ratio,
        evaluations=evaluations,
        device=place,
    )


def _require_decay(stack: Stack) -> None:
    """Refuse problems whose least value is only approached by infinite parameters."""
    decays = {"feature_decay": stack.feature_decay}
    if stack.fixed_classifier is None:
        decays["weight_decay"] = stack.weight_decay
    for name, values in decays.items():
        if values.min() < LEAST_DECAY:
            raise UserError(
                f"{name} must be at least {LEAST_DECAY:g} for an optimum to be computed, "
                f"got {values.min():g}."
            )


def _solve_fixed(
    stack: Stack, W: FloatArray, device: str
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Solve for features alone: convex but for the focal loss, so that one descent is enough.

    Without ReLU features need only the K dimensions that W spans.
    """
    basis = None
    if not stack.relu and W.shape[2] > W.shape[1]:
        basis = np.linalg.qr(np.swapaxes(W, -1, -2))[0]
    narrow = W if basis is None else W @ basis
    U = np.zeros_like(narrow)
    b = _with_best_bias(stack, narrow, U, np.zeros(W.shape[:2]))
    _, U, b, evaluations = descend(stack, narrow, U, b, device=device)
    return W, U if basis is None else U @ np.swapaxes(basis, -1, -2), b, evaluations


def _solve_learned(
    stack: Stack, dim: int, device: str
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Solve for classifier and features, in normalized units and no more dimensions than needed."""
    batch, num_classes = stack.roots.shape
    X = first_order(stack)
    rank = min(dim, 2 * num_classes if stack.relu else num_classes)
    best = _Best(stack, rank, device)
    rows = np.arange(batch)
    if stack.bias:
        best.offer(rows, *np.zeros((2, batch, num_classes, rank)))
    best.offer(rows, *(frame if stack.relu else factors)(X, rank))
    rows = best.leave_saddles()
    if stack.relu or dim < num_classes:
        for seed in range(min(_RANDOM_STARTS, _RANDOM_COST // (num_classes**2 * rank))):
            if len(rows):
                scale = np.linalg.norm(X[rows], axis=(-2, -1))
                best.offer(rows, *random_factors(num_classes, rank, scale, stack.relu, seed))
    return best.W, best.U, best.b, best.evaluations


class _Best:
    """The best point found so far of every problem of a stack."""

    def __init__(self, stack: Stack, dim: int, device: str) -> None:
        batch, num_classes = stack.roots.shape
        self._stack, self._device = stack, device
        self.W, self.U = np.zeros((2, batch, num_classes, dim))
        self.b = np.zeros((batch, num_classes))
        # First zero, for what has collapsed completely is then zero, not nearly.
        self.objective = stack.objective(self.W, self.U, self.b)
        self.evaluations = np.zeros(batch, dtype=np.int64)

    def offer(self, rows: NDArray[np.intp], W: FloatArray, U: FloatArray) -> None:
        """Descend from new points of some problems, and keep what is better."""
        stack = self._stack.take(rows)
        W, U, b, evaluations = descend(
            stack, W, U, _with_best_bias(stack, W, U, self.b[rows]), device=self._device
        )
        self.evaluations[rows] += evaluations
        objective = stack.objective(W, U, b)
        better = objective < self.objective[rows] * (1.0 - 1e-12)
        kept = rows[better]
        self.W[kept], self.U[kept], self.b[kept] = W[better], U[better], b[better]
        self.objective[kept] = objective[better]

    def leave_saddles(self) -> NDArray[np.intp]:
        """Escape while it helps; return the problems that are still not known to be optimal.

        Each problem by itself: whether it goes on does not depend on the others.
        """
        rows = np.arange(len(self.objective))
        given_up = [rows[:0]]
        for _ in range(_ESCAPES):
            stack = self._stack.take(rows)
            W, U = self.W[rows], self.U[rows]
            _, residuals = stack.losses(stack.logits(W, U, self.b[rows]))
            Y, norm = residual_norm(stack, residuals)
            stuck = norm > _STUCK
            rows, before = rows[stuck], self.objective[rows[stuck]]
            if not rows.size:
                break
            self.offer(rows, *escape(W[stuck], U[stuck], Y[stuck], stack.relu))
            gained = self.objective[rows] < before - 1e-9 * np.abs(before)
            given_up.append(rows[~gained])
            rows = rows[gained]
        return np.sort(np.concatenate([*given_up, rows]))


def _with_best_bias(stack: Stack, W: FloatArray, U: FloatArray, b: FloatArray) -> FloatArray:
    """The bias that is best for W and U, where there is one and the loss is convex."""
    if not stack.bias or stack.focusing.any():
        return b
    return b + best_bias_shift(stack, stack.logits(W, U, b), b)


def _upright(W: FloatArray, U: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rotate W and U (B, K, K) together so that W is symmetric, its eigenvalues at least zero."""
    left, values, right = np.linalg.svd(W)
    turn = np.swapaxes(left @ right, -1, -2)
    return (left * values[..., None, :]) @ np.swapaxes(left, -1, -2), U @ turn


def _padded(rows: FloatArray, dim: int) -> FloatArray:
    """Rows (B, K, r) with zeros appended to ``dim`` entries."""
    return np.pad(rows, ((0, 0), (0, 0), (0, dim - rows.shape[-1])))
