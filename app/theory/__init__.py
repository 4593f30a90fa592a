"""Closed forms the papers predict: NumPy only, no training, no plotting."""

from app.theory.approximation import approximation_error, approximation_table, best_gamma
from app.theory.boundary import boundary_angle, matched_gamma, mla_floor
from app.theory.centers import center_angles, centers_per_class, variability_plateau
from app.theory.centers_frame import CenterFrame, center_frame
from app.theory.centers_optimum import (
    CentersOptimum,
    fixed_frame_optimum,
    learned_frame_optimum,
)
from app.theory.finite_decay import finite_decay_geometry
from app.theory.geometry import Geometry
from app.theory.layer_peeled import fang_ratio
from app.theory.minority import critical_decays, minority_collapse_ratio
from app.theory.pair_optimum import pair_optimum
from app.theory.pairwise import pair_angles, pair_factors, weight_angles
from app.theory.phases import PhaseCurves, phase_curves, phases
from app.theory.relu_collapse import ReluCollapse, relu_collapse
from app.theory.seli import seli
from app.theory.simplex import etf_angle, simplex_etf
from app.theory.step import step_geometry, step_limit
from app.theory.step_optimum import StepOptimum, step_optimum
from app.theory.step_problem import StepProblem, step_problem
from app.theory.symmetry import equalizing_gamma, symmetric_ldt

__all__ = [
    "CenterFrame",
    "CentersOptimum",
    "Geometry",
    "PhaseCurves",
    "ReluCollapse",
    "StepOptimum",
    "StepProblem",
    "approximation_error",
    "approximation_table",
    "best_gamma",
    "boundary_angle",
    "center_angles",
    "center_frame",
    "centers_per_class",
    "critical_decays",
    "equalizing_gamma",
    "etf_angle",
    "fang_ratio",
    "finite_decay_geometry",
    "fixed_frame_optimum",
    "learned_frame_optimum",
    "matched_gamma",
    "minority_collapse_ratio",
    "mla_floor",
    "pair_angles",
    "pair_factors",
    "pair_optimum",
    "phase_curves",
    "phases",
    "relu_collapse",
    "seli",
    "simplex_etf",
    "step_geometry",
    "step_limit",
    "step_optimum",
    "step_problem",
    "symmetric_ldt",
    "variability_plateau",
    "weight_angles",
]
