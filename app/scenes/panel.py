"""One panel of the boundary picture: a rule's regions, and what it says of the samples."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from app.adjust import Face, score_function
from app.adjust.adjusters import AdjusterName, Parameters
from app.adjust.tiling import areas
from app.scenes.base import Array, IntArray, Scene, logits_at, planes_at, setup_at
from app.scenes.regions import plane_regions

# Kept, since gamma and tau, which move most, leave them as they are.
_kept_setup = lru_cache(maxsize=64)(setup_at)
_kept_logits = lru_cache(maxsize=64)(logits_at)


class Panel(NamedTuple):
    """What a rule does in a scene.

    Attributes
    ----------
    faces : list of Face
        Parts of the scene's window in which the rule predicts the same.
    predictions : (N,) int array
        Of the scene's samples, on the logits that decide their fate.
    """

    faces: list[Face]
    predictions: IntArray

    def areas(self, num_classes: int) -> Array:
        """Area that each class owns, then that where votes tie, (K + 1,)."""
        owners = [face.winners[0] if len(face.winners) == 1 else num_classes for face in self.faces]
        sizes = areas([face.polygon for face in self.faces])
        return np.asarray(np.bincount(owners, sizes, num_classes + 1), dtype=np.float64)


def panel_at(
    scene: Scene,
    rule: AdjusterName,
    parameters: Parameters,
    *,
    ratio: float,
    norm: float,
    spread: float,
    exponent: float,
) -> Panel:
    """Return a panel of a scene, exactly.

    Parameters
    ----------
    scene : Scene
    rule, parameters
        As for `app.adjust.score_function`.
    ratio, norm, spread, exponent : float
        Imbalance, feature norm, and noise ``spread (n / 100) ** -exponent``.
    """
    setup = _kept_setup(scene, ratio)
    logits = _kept_logits(scene, ratio, spread, exponent, norm)
    scores = score_function(rule, setup, parameters)(logits)
    weights, bias = planes_at(scene, ratio, norm)
    faces = plane_regions(rule, weights, bias, setup, parameters, scene.window)
    return Panel(faces, np.asarray(scores.argmax(axis=1)))
