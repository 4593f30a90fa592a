"""Closed forms the papers predict: NumPy only, no training, no plotting."""

from app.theory.approximation import approximation_error, approximation_table, best_gamma
from app.theory.boundary import boundary_angle, matched_gamma, mla_floor
from app.theory.geometry import Geometry
from app.theory.pair_optimum import pair_optimum
from app.theory.pairwise import pair_angles, pair_factors, weight_angles
from app.theory.relu_collapse import ReluCollapse, relu_collapse
from app.theory.seli import seli
from app.theory.simplex import etf_angle, simplex_etf
from app.theory.step import step_geometry, step_limit

__all__ = [
    "Geometry",
    "ReluCollapse",
    "approximation_error",
    "approximation_table",
    "best_gamma",
    "boundary_angle",
    "etf_angle",
    "matched_gamma",
    "mla_floor",
    "pair_angles",
    "pair_factors",
    "pair_optimum",
    "relu_collapse",
    "seli",
    "simplex_etf",
    "step_geometry",
    "step_limit",
    "weight_angles",
]
