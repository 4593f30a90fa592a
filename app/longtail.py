"""Long-tailed class counts: how many training samples each class has, and what to call it."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError

Profile = Literal["exponential", "step", "pareto", "balanced"]
Group = Literal["many", "medium", "few"]
GROUPS: tuple[Group, ...] = get_args(Group)


def class_counts(
    num_classes: int,
    head_count: int,
    imbalance_ratio: float,
    profile: Profile = "exponential",
    minority_fraction: float = 0.5,
) -> NDArray[np.int64]:
    """Return training-set sizes of a synthetic long tail, head class first.

    Parameters
    ----------
    num_classes : int
        K, at least 1.
    head_count : int
        Samples of the largest class, at least 1.
    imbalance_ratio : float
        Largest count over smallest count, at least 1.
    profile : {"exponential", "step", "pareto", "balanced"}
        With x running from 0 (head) to 1 (tail) over the classes and ratio R:
        "exponential" ``R ** -x`` (CIFAR-LT), "step" 1 then 1/R for the last
        ``round(minority_fraction * K)`` classes, "pareto" a power law of the rank
        ``rank ** -s`` with s such that the last class has 1/R, "balanced" 1.
    minority_fraction : float
        Share of minority classes of the "step" profile, in [0, 1].

    Returns
    -------
    (K,) int64 array
        Counts rounded to the nearest integer, at least 1.

    Raises
    ------
    UserError
        If a number is out of range or the profile is unknown.
    """
    _require(num_classes >= 1, "num_classes", "at least 1", num_classes)
    _require(head_count >= 1, "head_count", "at least 1", head_count)
    _require(bool(imbalance_ratio >= 1), "imbalance_ratio", "at least 1", imbalance_ratio)
    _require(0 <= minority_fraction <= 1, "minority_fraction", "in [0, 1]", minority_fraction)
    share = _share(num_classes, float(imbalance_ratio), profile, minority_fraction)
    return np.maximum(np.rint(head_count * share), 1).astype(np.int64)


def _share(
    num_classes: int, ratio: float, profile: Profile, minority_fraction: float
) -> NDArray[np.float64]:
    """Counts relative to the head class, unrounded."""
    if profile == "exponential":
        return np.asarray(ratio ** -np.linspace(0, 1, num_classes))
    if profile == "step":
        minority = round(minority_fraction * num_classes)
        return np.where(np.arange(num_classes) < num_classes - minority, 1.0, 1 / ratio)
    if profile == "pareto":
        exponent = np.log(ratio) / np.log(num_classes) if num_classes > 1 else 0.0
        return np.asarray(np.arange(1, num_classes + 1) ** -exponent)
    if profile == "balanced":
        return np.ones(num_classes)
    raise UserError(f"profile must be one of {', '.join(get_args(Profile))}, got {profile!r}.")


def frequency_groups(counts: ArrayLike, many: int = 100, few: int = 20) -> NDArray[np.str_]:
    """Name each class "many" (count > many), "few" (count < few) or "medium".

    The defaults are the split of ImageNet-LT (Liu et al., 2019, "Large-Scale Long-Tailed
    Recognition in an Open World").

    Parameters
    ----------
    counts : (K,) array
        Training samples of each class.
    many, few : int
        Thresholds, ``few <= many + 1``, so that no class is both.

    Returns
    -------
    (K,) array of str
    """
    _require(few <= many + 1, "few", f"at most many + 1 = {many + 1}", few)
    counts = np.asarray(counts)
    return np.where(counts > many, "many", np.where(counts < few, "few", "medium"))


def _require(holds: bool, name: str, allowed: str, got: object) -> None:
    if not holds:
        raise UserError(f"{name} must be {allowed}, got {got!r}.")
