"""Presets as pictures: the inner products of the centers of their frames."""

from functools import cache

from app.centers import CentersSpec, model_of
from app.figures.thumbnail import gram_svg
from app.runs.presets import Preset, presets
from app.ui.centers.spec import from_model
from app.ui.centers.words import PAGE
from app.ui.gallery import draw_gallery

# Cells of a picture; larger frames show as many of their centers.
_CELLS = 24


@cache
def all_presets() -> tuple[Preset[CentersSpec], ...]:
    """Return the presets of the page."""
    return presets(CentersSpec)


@cache
def _picture(preset: Preset[CentersSpec]) -> str:
    centers = model_of(preset.spec).frame.centers
    some = centers[:: max(1, len(centers) // _CELLS)]
    return gram_svg(some @ some.T, f"Gram matrix of the centers: {preset.title}")


def draw_presets(current: CentersSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    draw_gallery(all_presets(), _picture, current, PAGE, from_model)
