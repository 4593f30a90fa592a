"""Scenes of the boundary picture: data plus a small function each."""

from app.scenes.base import (
    MAX_CLASSES,
    MAX_POINTS,
    Scene,
    counts_at,
    geometry_at,
    logits_at,
    noise_at,
    planes_at,
    points_at,
    setup_at,
)
from app.scenes.circle import circle_scene
from app.scenes.etf import etf_scene

__all__ = [
    "MAX_CLASSES",
    "MAX_POINTS",
    "Scene",
    "circle_scene",
    "counts_at",
    "etf_scene",
    "geometry_at",
    "logits_at",
    "noise_at",
    "planes_at",
    "points_at",
    "setup_at",
]
