"""More classes than the plane has room for: K unit vectors on a circle, K > d + 1."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.scenes.base import MAX_CLASSES, Scene, drawn_noise

TOTAL_POINTS = 2000


@lru_cache(maxsize=32)  # one scene serves all who look at it
def circle_scene(num_classes: int = 10, seed: int = 0, total: int = TOTAL_POINTS) -> Scene:
    """Return K classes at equal angles on a circle, the head class up.

    Neighbours in direction are neighbours in frequency, but for the last and the first.

    Raises
    ------
    UserError
        If there are fewer than 2 or more than 12 classes.
    """
    if not 2 <= num_classes <= MAX_CLASSES:
        raise UserError(f"num_classes must be 2 to {MAX_CLASSES}, got {num_classes}.")
    turn = np.pi / 2 + 2 * np.pi * np.arange(num_classes) / num_classes
    vectors = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    noise, labels = drawn_noise(num_classes, total // num_classes, seed)
    names = tuple(f"{k + 1}" for k in range(num_classes))
    return constant_geometry("circle", names, vectors, noise, labels)


def constant_geometry(
    name: str,
    class_names: tuple[str, ...],
    vectors: NDArray[np.float64],
    noise: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> Scene:
    """Return a scene whose class vectors and means are the same at every imbalance."""
    table = vectors[None]
    return Scene(
        name=name,
        class_names=class_names,
        log_ratios=np.zeros(1),
        weights=table,
        bias=np.zeros(table.shape[:2]),
        means=table,
        points=noise,
        labels=labels,
    )
