"""Another imbalance from the training rows that are there."""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.data.features import FeatureSet, Rows
from app.errors import UserError
from app.longtail import class_counts

RecutProfile = Literal["exponential", "step"]


def recut(
    feature_set: FeatureSet, ratio: float, profile: RecutProfile = "exponential", seed: int = 0
) -> FeatureSet:
    """Thin the training rows of each class to the counts of another long tail.

    Validation and test rows stay. The rows of each class are put in a seeded order and the first
    n_k kept, so that for one seed the rows of a smaller count are among those of a larger one.
    The stage-1 classifier and what was measured of it are dropped, because they belong to the
    old counts; if every row is kept, the set is returned as it is.

    Parameters
    ----------
    feature_set : FeatureSet
    ratio, profile
        See `recut_counts`.
    seed : int
        Seed of the order, at least 0.

    Raises
    ------
    UserError
        See `recut_counts`; also for a negative seed.
    """
    if seed < 0:
        raise UserError(f"seed must be at least 0, got {seed!r}.")
    counts = recut_counts(feature_set.class_counts, ratio, profile)
    if np.array_equal(counts, feature_set.class_counts):
        return feature_set
    rows = _first_rows(feature_set.train.labels, counts, seed)
    train = Rows(feature_set.train.features[rows], feature_set.train.labels[rows])
    recipe = f"ratio {ratio:g}, {profile}, seed {seed}"
    metadata = {k: v for k, v in feature_set.metadata.items() if k != "accuracy"}
    return replace(
        feature_set,
        train=train,
        class_counts=counts,
        weights=None,
        bias=None,
        metadata=metadata | {"recut": recipe},
    )


def recut_counts(
    available: NDArray[np.int64], ratio: float, profile: RecutProfile = "exponential"
) -> NDArray[np.int64]:
    """Return the largest long tail of a ratio that the rows allow.

    The class with the most rows stays the head, and so on down to the tail; the order of the
    classes does not change.

    Parameters
    ----------
    available : (K,) int64 array
        Training rows of each class, all at least 1.
    ratio : float
        Head count over tail count, from 1 to the largest count. Rounding moves it, and where the
        head cannot be ``ratio`` rows the tail is one row and the ratio smaller.
    profile : {"exponential", "step"}
        As in `app.longtail.class_counts`.

    Returns
    -------
    (K,) int64 array
        At least 1 and at most `available`.

    Raises
    ------
    UserError
        If the ratio is out of range or the profile unknown.
    """
    if profile not in get_args(RecutProfile):
        allowed = ", ".join(get_args(RecutProfile))
        raise UserError(f"profile must be one of {allowed}, got {profile!r}.")
    most = int(available.max())
    if not 1 <= ratio <= most:
        raise UserError(f"ratio must be from 1 to {most:,}, the largest class, got {ratio!r}.")
    order = np.argsort(-available, kind="stable")
    counts = np.empty_like(available)
    counts[order] = _largest_tail(available[order], ratio, profile)
    return counts


def _largest_tail(
    available: NDArray[np.int64], ratio: float, profile: RecutProfile
) -> NDArray[np.int64]:
    """Counts for `available` sorted from head to tail, by bisection over the head count."""
    # Published tails are truncated where ours are rounded: one row less is no other profile.
    slack = np.full(len(available), int(profile == "exponential"))
    slack[[0, -1]] = 0
    low, high = 1, int(available[0])
    while low < high:
        middle = (low + high + 1) // 2
        fits = (class_counts(len(available), middle, ratio, profile) <= available + slack).all()
        low, high = (middle, high) if fits else (low, middle - 1)
    tail = class_counts(len(available), low, ratio, profile)[-1]
    # A tail rounded down would make the ratio larger than asked.
    head = min(low, int(ratio * tail))
    return np.minimum(class_counts(len(available), head, ratio, profile), available)


def _first_rows(
    labels: NDArray[np.int64], counts: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """Positions of the first ``counts[k]`` rows of each class in a seeded order, ascending."""
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(np.flatnonzero(labels == k)) for k in range(len(counts))]
    return np.sort(np.concatenate([rows[:n] for rows, n in zip(orders, counts, strict=True)]))
