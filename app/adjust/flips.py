"""Which predictions an adjuster moves, and whether for better or worse."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]


class Flips(NamedTuple):
    """Rows whose prediction moved.

    Attributes
    ----------
    fixed, broken, moved : (M,) int64 arrays
        Positions wrong before and right now; right before and wrong now; wrong both times but
        differently.
    """

    fixed: IntArray
    broken: IntArray
    moved: IntArray


def find_flips(labels: IntArray, raw: IntArray, adjusted: IntArray) -> Flips:
    """Sort the rows whose prediction differs by what became of them; all arguments are (N,)."""
    differs, was_right, is_right = raw != adjusted, raw == labels, adjusted == labels
    return Flips(
        np.flatnonzero(differs & is_right),
        np.flatnonzero(differs & was_right),
        np.flatnonzero(differs & ~was_right & ~is_right),
    )


def rank_bins(class_counts: ArrayLike, most: int) -> tuple[IntArray, list[slice]]:
    """Divide classes into at most ``most`` bins of neighbouring frequency rank, head to tail.

    Returns
    -------
    bin_of : (K,) int64 array
        Bin of each class.
    ranks : list of slice
        Ranks in each bin, from 0; single ranks if there are few classes.
    """
    order = np.argsort(-np.asarray(class_counts), kind="stable")
    parts = np.array_split(np.arange(order.size), min(most, order.size))
    bin_of = np.empty(order.size, dtype=np.int64)
    for b, part in enumerate(parts):
        bin_of[order[part]] = b
    return bin_of, [slice(int(part[0]), int(part[-1]) + 1) for part in parts]


def flip_counts(raw: IntArray, adjusted: IntArray, bin_of: IntArray) -> IntArray:
    """Count moved predictions from each bin of raw classes to each bin of adjusted ones, (B, B)."""
    size = int(bin_of.max()) + 1
    moved = raw != adjusted
    pairs = bin_of[raw[moved]] * size + bin_of[adjusted[moved]]
    return np.bincount(pairs, minlength=size**2).reshape(size, size)


def bin_names(class_counts: ArrayLike, ranks: list[slice], labels: list[str]) -> list[str]:
    """Return the name of each bin of `rank_bins`: its only class, or its ranks from 1."""
    order = np.argsort(-np.asarray(class_counts), kind="stable")
    return [
        labels[order[r.start]] if r.stop - r.start == 1 else f"{r.start + 1} to {r.stop}"
        for r in ranks
    ]
