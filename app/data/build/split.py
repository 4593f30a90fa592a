"""Who trains, who tunes: disjoint rows of a labelled training set."""

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError


def long_tail_split(
    labels: NDArray[np.int64], counts: NDArray[np.int64], per_class: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw a long-tailed training split and a balanced validation split without overlap.

    The rows of each class are put in a seeded random order; the first ``per_class`` of them are
    the validation split and the next ``counts[k]`` the training split. The validation split is
    therefore the same for every imbalance ratio.

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
    generator = np.random.default_rng(seed)
    train, validation = [], []
    for k, count in enumerate(counts):
        rows = generator.permutation(np.flatnonzero(labels == k))
        if per_class + count > len(rows):
            raise UserError(
                f"class {k} must have at least {per_class} validation + {count} training rows, "
                f"got {len(rows)}."
            )
        validation.append(rows[:per_class])
        train.append(rows[per_class : per_class + count])
    return np.concatenate(train), np.concatenate(validation)
