"""Local descent of many class-mean problems at once, compiled and in threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.device import cores
from app.ufm.problem import Problem, value_and_gradient
from app.ufm.stack import Stack

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-9
MOST_EVALUATIONS = 5_000


def descend(
    stack: Stack,
    W: FloatArray,
    U: FloatArray,
    b: FloatArray,
    *,
    tolerance: float = TOLERANCE,
    most: int = MOST_EVALUATIONS,
    device: str = "cpu",
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int64]]:
    """Descend from W, U (B, K, d) and b (B, K) by L-BFGS to stationary points near.

    Parameters
    ----------
    stack : Stack
        Well scaled: decays near one and near each other (`Stack.normalized`).
    W, U, b : arrays
        With ReLU, U must be at least zero.
    tolerance : float
        Of |gradient| |x|, relative to the objective.
    most : int
        Evaluations a problem may take.
    device : str
        As `app.device.device_for` returns it.

    Returns
    -------
    W, U, b : arrays
    evaluations : (B,) array
        Of objective and gradient.

    Raises
    ------
    UserError
        If a GPU has no memory for one problem.
    """
    if device != "cpu":
        import torch

        from app.ufm import torch_lbfgs

        return torch_lbfgs.descend(
            stack, W, U, b, tolerance=tolerance, most=most, device=torch.device(device)
        )
    batch, num_classes, dim = W.shape
    x = np.concatenate([W.reshape(batch, -1), U.reshape(batch, -1), b], axis=1)
    kernel = _compiled()
    if kernel is None:
        evaluations = np.array(
            [_reference(_problem(stack, i, dim), x[i], tolerance, most) for i in range(batch)]
        )
    else:
        evaluations = _in_threads(kernel, stack, x, dim, tolerance, most)
    split, end = num_classes * dim, 2 * num_classes * dim
    return x[:, :split].reshape(W.shape), x[:, split:end].reshape(W.shape), x[:, end:], evaluations


def _compiled() -> Callable[..., None] | None:
    """The compiled kernel, or None where numba is not installed."""
    try:
        from app.ufm import _lbfgs
    except ImportError:
        return None
    return _lbfgs.minimize_each


def _in_threads(
    kernel: Callable[..., None],
    stack: Stack,
    x: FloatArray,
    dim: int,
    tolerance: float,
    most: int,
) -> NDArray[np.int64]:
    """Run the kernel on pieces of the stack, x in place; it releases the GIL.

    Plain threads rather than the kernel's own: their backend may end the process when two callers
    meet in it.
    """
    batch = len(x)
    decays = np.stack([stack.weight_decay, stack.feature_decay, stack.bias_decay], axis=1)
    arrays = (
        1.0 / stack.roots,
        np.ascontiguousarray(stack.form.weights),
        np.ascontiguousarray(np.swapaxes(stack.form.multipliers, -1, -2)),
        np.ascontiguousarray(np.swapaxes(stack.form.offsets, -1, -2)),
        stack.focusing,
        decays,
        stack.bias_metric,
    )
    flags = (stack.squared, stack.fixed_classifier is None, stack.bias, stack.relu)
    evaluations = np.empty(batch, dtype=np.int64)

    def run(piece: slice) -> None:
        parts = (array[piece] for array in arrays)
        kernel(x[piece], dim, *parts, flags, tolerance, most, evaluations[piece])

    workers = min(cores(), batch)
    if workers == 1:
        run(slice(None))
        return evaluations
    size = max(1, batch // (16 * workers))
    pieces = [slice(start, start + size) for start in range(0, batch, size)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, pieces))
    return evaluations


def _reference(problem: Problem, x: FloatArray, tolerance: float, most: int) -> int:
    """Descend from x, in place, with SciPy's L-BFGS-B; return the evaluations."""
    K, dim = problem.num_classes, problem.dim
    split, end = K * dim, 2 * K * dim

    def value_and_slope(point: FloatArray) -> tuple[float, FloatArray]:
        W, U, b = point[:split].reshape(K, dim), point[split:end].reshape(K, dim), point[end:]
        value, *slopes = value_and_gradient(problem, W, U, b)
        return value, np.concatenate([slope.ravel() for slope in slopes])

    bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(x)
    if problem.relu:
        bounds[split:end] = [(0.0, None)] * (end - split)
    # SciPy stops at the largest entry of the gradient; |x| >= 1 unless all has collapsed.
    found = minimize(
        value_and_slope,
        x,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": most, "maxfun": most, "ftol": 1e-16, "gtol": tolerance},
    )
    x[:] = found.x
    return int(found.nfev)


def _problem(stack: Stack, i: int, dim: int) -> Problem:
    """The i-th problem of a stack, for features of ``dim`` dimensions."""
    return Problem(
        counts=np.rint(stack.roots[i] ** 2).astype(np.int64),
        dim=dim,
        labels=np.arange(stack.roots.shape[1]),
        copies=stack.roots[i] ** 2,
        weights=stack.form.weights[i],
        multipliers=stack.form.multipliers[i],
        offsets=stack.form.offsets[i],
        focusing=float(stack.focusing[i]),
        squared=stack.squared,
        weight_decay=float(stack.weight_decay[i]),
        feature_decay=float(stack.feature_decay[i]),
        bias_decay=float(stack.bias_decay[i]),
        bias=stack.bias,
        relu=stack.relu,
        fixed_classifier=None if stack.fixed_classifier is None else stack.fixed_classifier[i],
    )
