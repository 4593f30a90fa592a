"""Who wins where in the plane of a scene, exactly."""

import numpy as np

from app.adjust import Face, Setup, decision_cells, decision_faces, decision_sectors, score_function
from app.adjust.adjusters import Parameters, affine_form
from app.scenes.base import Array

Window = tuple[float, float, float, float]


def plane_regions(
    name: str,
    weights: Array,
    bias: Array,
    setup: Setup,
    parameters: Parameters,
    window: Window,
) -> list[Face]:
    """Return the parts of a window in which a rule predicts the same.

    The plane may be a slice of more dimensions: the logits of the point (x, y) are
    ``weights . (x, y) + bias``, while class vectors, their norms and the classifier's own bias,
    which tau-norm drops, are those of the setup.

    Parameters
    ----------
    name : str
        A rule of `app.adjust.ADJUSTERS`; the 1vs1adjuster up to 12 classes.
    weights : (K, 2) array
    bias : (K,) array
    setup, parameters
        As for `app.adjust.score_function`.
    window : (xmin, xmax, ymin, ymax)

    Returns
    -------
    list of Face
        One convex region a class for an affine rule, without the classes that win nowhere in
        the window; for the 1vs1adjuster several a class, and several winners where votes tie.

    Raises
    ------
    UserError
        If the rule cannot be used or has too many classes.
    """
    score_function(name, setup, parameters)  # refuses what cannot be used
    if setup.center and name in ("mla", "1vs1", "vs"):
        weights, bias = weights - weights.mean(axis=0), bias - bias.mean()
    if name == "1vs1":
        return _duel_regions(weights, bias, setup, parameters["gamma"], window)
    if name == "tau-norm" and setup.bias is not None:
        bias = bias - np.asarray(setup.bias)
    scale, offset = affine_form(name, setup, parameters)
    cells = decision_cells(weights, bias, scale, offset, window)
    return [Face((k,), cell) for k, cell in enumerate(cells) if len(cell)]


def _duel_regions(
    weights: Array, bias: Array, setup: Setup, gamma: float, window: Window
) -> list[Face]:
    # Where the class vectors lie in the plane and nothing is added, all borders meet in the
    # origin: sectors are there at a tenth of the cost.
    flat = setup.weights is not None and np.asarray(setup.weights).shape[1] == 2
    if flat and not bias.any():
        sectors = decision_sectors(
            weights, gamma, setup.class_counts, setup.feature_norms, window=window
        )
        return [Face(sector.winners, part) for sector in sectors for part in sector.polygons]
    duels = setup.duels
    rows, constants = weights / duels.scale[:, None], bias / duels.scale
    return decision_faces(rows, constants, duels.factors(gamma), window)
