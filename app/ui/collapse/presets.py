"""Presets as pictures: the Gram matrix each of them leads to."""

from functools import cache

import numpy as np

from app.figures.thumbnail import gram_svg
from app.runs.presets import Preset, presets
from app.ufm import UFMSpec
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import from_model
from app.ui.collapse.words import PAGE
from app.ui.gallery import draw_gallery


@cache
def _presets() -> tuple[Preset[UFMSpec], ...]:
    return presets(UFMSpec)


@cache
def _picture(preset: Preset[UFMSpec]) -> str:
    found = optimum(preset.spec)
    assert found is not None, f"{preset.name} has no optimum"
    classifier = np.asarray(found.arrays["classifier"])
    return gram_svg(classifier @ classifier.T, f"Gram matrix of the classifier: {preset.title}")


def draw_presets(current: UFMSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    draw_gallery(_presets(), _picture, current, PAGE, from_model)
