"""Three classes as the imbalance bends them: the geometry that training leads to.

As the decays vanish a model with free features tends to a geometry that depends on the class
counts and the loss alone (`app.theory.seli`, `app.theory.relu_collapse`). Here it follows the
imbalance: dragging the ratio turns class vectors and means.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.longtail import class_counts
from app.losses import class_temperatures
from app.scenes.base import Scene, drawn_noise
from app.scenes.etf import POINTS_PER_CLASS
from app.theory import relu_collapse, seli

Array = NDArray[np.float64]
Learner = Literal["ce", "cdt", "ldt", "relu"]

HEAD_COUNT = 1000
LARGEST_RATIO = 1000
GRID = 41
# Small enough that no class of a ReLU model has collapsed at any ratio of the grid.
RELU_DECAY = 1e-6


def learned_scene(
    learner: Learner = "ce",
    gamma: float = 0.5,
    seed: int = 0,
    per_class: int = POINTS_PER_CLASS,
) -> Scene:
    """Return three classes with the classifier and means that their imbalance predicts.

    Exact in the plane: three class vectors whose sum over a positive combination is zero span
    two dimensions, and a part of the features at right angles to them decides nothing. (Means
    of ReLU features are orthogonal, so they do have such a part; it is left out.) At each ratio
    the longest class vector and the longest mean have length 1.

    Parameters
    ----------
    learner : {"ce", "cdt", "ldt", "relu"}
        Cross-entropy (SELI); class- or label-dependent temperatures ``n^gamma``; cross-entropy
        on ReLU features.
    gamma : float
        Exponent of the temperatures of "cdt" and "ldt", in [-1.5, 1.5].
    seed : int
    per_class : int

    Raises
    ------
    UserError
        If the learner is unknown or gamma out of range.
    """
    if learner not in get_args(Learner):
        raise UserError(f"learner must be one of {', '.join(get_args(Learner))}, got {learner!r}.")
    if not -1.5 <= gamma <= 1.5:
        raise UserError(f"gamma must lie in [-1.5, 1.5], got {gamma}.")
    ratios = np.geomspace(1, LARGEST_RATIO, GRID)
    places = [_in_plane(*_geometry(learner, gamma, ratio)) for ratio in ratios]
    noise, labels = drawn_noise(3, per_class, seed)
    return Scene(
        name=f"learned-{learner}",
        class_names=("head", "middle", "tail"),
        log_ratios=np.log(ratios),
        weights=np.array([classifier for classifier, _ in places]),
        bias=np.zeros((GRID, 3)),
        means=np.array([means for _, means in places]),
        points=noise,
        labels=labels,
        head_count=HEAD_COUNT,
    )


def _geometry(learner: Learner, gamma: float, ratio: float) -> tuple[Array, Array]:
    """Classifier and means, (3, d) each, at an imbalance ratio."""
    counts = class_counts(3, HEAD_COUNT, ratio)
    if learner == "relu":
        collapse = relu_collapse(counts, RELU_DECAY, RELU_DECAY)
        return collapse.classifier(), collapse.means()
    if learner == "ce":
        geometry = seli(counts)
    else:
        geometry = seli(counts, learner, class_temperatures(counts, gamma))
    return geometry.classifier(), geometry.means()


def _in_plane(classifier: Array, means: Array) -> tuple[Array, Array]:
    """Both in the plane the class vectors span, the head class up, each longest one of length 1."""
    plane = np.linalg.svd(classifier, full_matrices=False)[2][:2]
    W, M = classifier @ plane.T, means @ plane.T
    up = W[0] / np.linalg.norm(W[0])
    side = np.array([up[1], -up[0]])
    # The middle class lies on the left, as on the simplex ETF of the other scenes.
    turn = np.stack([side * -np.sign(W[1] @ side), up], axis=1)
    W, M = W @ turn, M @ turn
    return W / np.linalg.norm(W, axis=1).max(), M / np.linalg.norm(M, axis=1).max()
