"""Closed forms the papers predict: NumPy only, no training, no plotting."""

from app.theory.pairwise import pair_angles, pair_factors, weight_angles
from app.theory.simplex import etf_angle

__all__ = ["etf_angle", "pair_angles", "pair_factors", "weight_angles"]
