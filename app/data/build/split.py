"""Who trains, who tunes, who judges: disjoint rows of a labelled data set."""

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

Counts = NDArray[np.int64]


def split_rows(labels: NDArray[np.int64], parts: dict[str, Counts], seed: int) -> list[Counts]:
    """Deal the rows of each class to parts without overlap.

    The rows of each class are put in a seeded random order; the first part takes its rows from
    the front, the next one what follows, and so on. A part is therefore the same whatever the
    sizes of the parts after it.

    Parameters
    ----------
    labels : (N,) int64 array
        0..K-1.
    parts : dict of (K,) int64 arrays
        Rows wanted of each class, by the name of the part.
    seed : int
        Seed of the order.

    Returns
    -------
    list of int64 arrays
        Row numbers of each part, class by class.

    Raises
    ------
    UserError
        If a class has too few rows.
    """
    generator = np.random.default_rng(seed)
    ends = np.cumsum(list(parts.values()), axis=0)
    pieces: list[list[Counts]] = []
    for k in range(ends.shape[1]):
        rows = generator.permutation(np.flatnonzero(labels == k))
        if ends[-1, k] > len(rows):
            wanted = " + ".join(f"{counts[k]} {name}" for name, counts in parts.items())
            raise UserError(f"class {k} must have at least {wanted} rows, got {len(rows)}.")
        pieces.append(np.split(rows[: ends[-1, k]], ends[:-1, k]))
    return [np.concatenate(part) for part in zip(*pieces, strict=True)]


def long_tail_split(
    labels: NDArray[np.int64], counts: Counts, per_class: int, seed: int
) -> tuple[Counts, Counts]:
    """Draw a long-tailed training split and a balanced validation split without overlap.

    The validation split comes first, so it is the same for every imbalance ratio.

    Parameters
    ----------
    labels : (N,) int64 array
        0..K-1.
    counts : (K,) int64 array
        Training rows wanted of each class.
    per_class : int
        Validation rows of each class.
    seed : int
        Seed of the order.

    Returns
    -------
    train, validation : (sum of counts,) and (K * per_class,) int64 arrays
        Row numbers, class by class.

    Raises
    ------
    UserError
        If a class has too few rows.
    """
    parts = {"validation": np.full(len(counts), per_class), "training": counts}
    validation, train = split_rows(labels, parts, seed)
    return train, validation


def truncated_tail(num_classes: int, head_count: int, imbalance_ratio: float) -> Counts:
    """Return exponential counts cut to whole numbers, as the code of CIFAR-LT does.

    `app.longtail.class_counts` rounds instead. For 100 classes, 500 and ratio 100 the sum is the
    10,847 of CIFAR100-LT (Cao et al., 2019, "Learning Imbalanced Datasets with Label-
    Distribution-Aware Margin Loss").
    """
    share = 1 / imbalance_ratio
    exponents = np.arange(num_classes) / (num_classes - 1)
    return np.array([int(head_count * share**x) for x in exponents])
