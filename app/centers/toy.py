"""Pictures of the rules in two dimensions: a plane of the frame, and a triangle of centers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.centers.rules import RULE_WORDS, RuleName, batch_center, rule_scores
from app.theory import CenterFrame

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Corners of the triangle x + y + z = 1, in its plane.
CORNERS = np.array([[0.0, 1.0], [-np.sqrt(3) / 2, -0.5], [np.sqrt(3) / 2, -0.5]])


def plane_regions(
    frame: CenterFrame, counts: IntArray, pair: tuple[int, int], window: float, size: int
) -> tuple[Array, Mapping[RuleName, IntArray]]:
    """Return what each rule says in the plane of the mean directions of two classes.

    Parameters
    ----------
    frame : CenterFrame
    counts : (K,) int array
        Training samples, for the mean that "rcr-bn" subtracts from collapsed features.
    pair : (int, int)
        Classes along the axes.
    window : float
        The square from -window to window.
    size : int
        Points a side.

    Returns
    -------
    places : (size,) array
    classes : mapping of rule to (size, size) int array
        Rows go up the second axis; -1 where several classes have the largest score.
    """
    places = np.linspace(-window, window, size)
    x, y = np.meshgrid(places, places)
    first, second = frame.directions[pair[0]], frame.directions[pair[1]]
    features = x.reshape(-1, 1) * first + y.reshape(-1, 1) * second
    center = batch_center(counts, frame.directions)
    found = {}
    for rule in RULE_WORDS:
        scores = rule_scores(rule, features, frame, center)
        best = scores.argmax(axis=1)
        top = scores.max(axis=1, keepdims=True)
        tied = (scores > top - 1e-9).sum(axis=1) > 1
        found[rule] = np.where(tied, -1, best).reshape(size, size)
    return places, found


@dataclass(frozen=True, eq=False)
class Triangle:
    """Three orthonormal decision vectors, and features that are hard to predict amid them.

    Exact in three dimensions: all features are shown on the plane ``x + y + z = 1``, along whose
    normal the vectors do not differ.

    Attributes
    ----------
    owners : tuple of three int
        Class of each vector.
    cloud : (P, 2) array
        Features around the middle.
    shares : (K,) array
        Of the cloud that each class gets, exactly: its vectors over all.
    guessed : (K,) array
        As counted.
    """

    owners: tuple[int, int, int]
    cloud: Array
    shares: Array
    guessed: Array


def triangle(owners: tuple[int, int, int], points: int = 600, seed: int = 0) -> Triangle:
    """Return the toy with given owners: (0, 1, 2) has one vector a class, (0, 1, 1) two for one.

    The features are normal around the mean of the three vectors, with deviation 0.2 (Proposition
    3.1 and Figure 2 of Yan et al., NeurIPS 2024).
    """
    random = np.random.default_rng(seed)
    features = 1 / 3 + 0.2 * random.normal(size=(points, 3))
    classes = np.asarray(owners)[features.argmax(axis=1)]
    K = max(owners) + 1
    # In units of the distance of a vector from the middle, sqrt(2/3).
    cloud = features @ CORNERS
    shares = np.bincount(owners, minlength=K) / 3
    return Triangle(owners, cloud, shares, np.bincount(classes, minlength=K) / points)
