"""Three classes on a simplex ETF: exact in the plane."""

from functools import lru_cache

from app.scenes.base import Scene, drawn_noise
from app.scenes.circle import constant_geometry
from app.theory import simplex_etf

POINTS_PER_CLASS = 300


@lru_cache(maxsize=8)
def etf_scene(seed: int = 0, per_class: int = POINTS_PER_CLASS) -> Scene:
    """Return the simplex ETF of three classes with clouds of test points around its vertices.

    It is where neural collapse on balanced data leads: class means and class vectors are the
    same three directions, 120 degrees apart.
    """
    noise, labels = drawn_noise(3, per_class, seed)
    return constant_geometry("etf", ("head", "middle", "tail"), simplex_etf(3), noise, labels)
