"""Where one sample is predicted correctly, exactly: the interval lemma for affine rules.

If class k scores ``u_k - t L_k``, the parameters t at which class y has the largest score are one
interval: each competitor with L_k > L_y bounds t from below at ``(u_k - u_y) / (L_k - L_y)``, each
with L_k < L_y from above. Additive adjustment has this form with u = z. Multiplicative adjustment
has it with u = log z among the positive logits; if all logits are negative the order is that of
``-log|z| + t L``, so everything runs backwards; a positive logit always beats a negative one and
a zero logit stays zero.

Intervals are closed in floating point: ``low <= t <= high``. Where the lemma gives an open end,
because argmax resolves the tie at the crossing against the label, the end is the next float.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.adjust.compiled import compiled
from app.errors import UserError

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float]

_TABLE_STEPS = 64
_BLOCK_BYTES = 2**22


def checked_bounds(bounds: Bounds) -> Bounds:
    """Bounds as two floats; `UserError` unless they are finite and increase."""
    try:
        low, high = map(float, bounds)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not (np.isfinite([low, high]).all() and low < high):
        raise UserError(f"bounds must be two increasing finite numbers, got {bounds!r}.")
    return low, high


def correct_intervals(
    logits: NDArray[np.floating],
    labels: NDArray[np.int64],
    slopes: FloatArray,
    *,
    additive: bool,
    bounds: Bounds,
    prepare: Callable[[NDArray[np.floating]], FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return the closed parameter interval on which each sample is predicted correctly.

    Parameters
    ----------
    logits : (N, K) float32 or float64 array
    labels : (N,) int64 array
    slopes : (K,) array
        ``log n_k`` for an additive rule; ``log2 n_k`` or ``log2 |w_k|`` for a multiplicative one.
    additive : bool
        Scores are ``z - t * slope`` if true, else ``z * 2 ** (-t * slope)``.
    bounds : (low, high)
        Where the parameter is searched; intervals are cut to it.
    prepare : callable, optional
        Applied to blocks of rows first (centring, bias removal); gives (n, K) float64.

    Returns
    -------
    low, high : (N,) float64 arrays
        inf, -inf where no parameter within the bounds is right.
    """
    low, high = np.empty(len(labels)), np.empty(len(labels))
    run = compiled("affine_intervals") or affine_intervals
    table = _table(slopes, additive, bounds, np.float64 if prepare is not None else logits.dtype)
    if prepare is None and logits.flags.c_contiguous and logits.dtype == table.dtype:
        run(logits, labels, slopes, table, additive, *bounds, low, high)
        return low, high
    for rows in row_blocks(len(labels), logits.shape[1]):
        block = logits[rows] if prepare is None else prepare(logits[rows])
        block = np.ascontiguousarray(block, dtype=table.dtype)
        run(block, labels[rows], slopes, table, additive, *bounds, low[rows], high[rows])
    return low, high


def row_blocks(num_rows: int, num_classes: int) -> list[slice]:
    """Slices of rows that hold about 4 MB of float64 each: small next to any upload."""
    size = max(1, _BLOCK_BYTES // (8 * num_classes))
    return [slice(start, min(start + size, num_rows)) for start in range(0, num_rows, size)]


def affine_intervals(
    logits: NDArray[np.floating],
    labels: NDArray[np.int64],
    slopes: FloatArray,
    table: NDArray[np.floating],
    additive: bool,
    start: float,
    end: float,
    low: FloatArray,
    high: FloatArray,
) -> None:
    """Fill ``low`` and ``high``: the lemma as it is written, in NumPy.

    The compiled kernel of the same name gives the same ends and is what normally runs.
    """
    z = logits.astype(np.float64)
    own = z[np.arange(len(labels)), labels][:, None]
    favoured = labels[:, None] < np.arange(z.shape[1])
    other = labels[:, None] != np.arange(z.shape[1])
    slope = slopes[None, :] - slopes[labels][:, None]
    crosses, rising, crossing = _crossings(z, own, slope, additive)
    beaten = ~crosses & other & ((z > own) | ((z == own) & ~favoured))
    from_below = np.where(favoured, crossing, np.nextafter(crossing, np.inf))
    from_above = np.where(favoured, crossing, np.nextafter(crossing, -np.inf))
    low[:] = np.where(crosses & rising, from_below, -np.inf).max(axis=1).clip(min=start)
    high[:] = np.where(crosses & ~rising, from_above, np.inf).min(axis=1).clip(max=end)
    never = beaten.any(axis=1) | (low > high)
    low[never], high[never] = np.inf, -np.inf


def _crossings(
    z: FloatArray, own: FloatArray, slope: FloatArray, additive: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], FloatArray]:
    """Which competitors cross the label, whether the label wins above the crossing, and where."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if additive:
            crosses = slope != 0
            rising = slope > 0
            crossing = (z - own) / slope
        else:
            crosses = (slope != 0) & (z * np.sign(own) > 0)
            rising = (slope > 0) == (own > 0)
            crossing = (np.log2(np.abs(z)) - np.log2(np.abs(own))) / slope
    return crosses, rising, np.where(crosses, crossing, 0.0)


def _table(
    slopes: FloatArray, additive: bool, bounds: Bounds, dtype: np.dtype[np.floating] | type
) -> NDArray[np.floating]:
    """Offsets or factors of every class at evenly spaced parameters, (T + 1, K).

    Shifted (scaled) so that the largest factor at each parameter is 1, which moves no crossing.
    Of the given type, unless that would flush a factor towards zero.
    """
    parameters = bounds[0] + (bounds[1] - bounds[0]) / _TABLE_STEPS * np.arange(_TABLE_STEPS + 1)
    exponent = -parameters[:, None] * slopes[None, :]
    exponent -= exponent.max(axis=1, keepdims=True)
    if additive:
        return exponent.astype(dtype)
    return np.exp2(exponent).astype(dtype if exponent.min() >= np.finfo(dtype).minexp else float)
