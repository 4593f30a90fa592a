"""Presets as pictures: the map each of them leads to, small."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from app.figures.phase_picture import map_svg
from app.figures.sweep_map import QUANTITIES
from app.runs.presets import Preset, presets
from app.ufm.sweep import SweepSpec, run_sweep
from app.ui.gallery import draw_gallery
from app.ui.jobs import store as run_store
from app.ui.minority.spec import from_sweep
from app.ui.minority.words import PAGE
from app.ui.specs import with_values

_CELLS = 10  # of a side of a picture, at most


@cache
def sweep_presets() -> tuple[Preset[SweepSpec], ...]:
    """The presets of this page."""
    return presets(SweepSpec)


@cache
def _picture(preset: Preset[SweepSpec]) -> str:
    spec = preset.spec
    arrays = _stored(spec) or _small(spec)
    values = np.asarray(arrays[QUANTITIES[from_sweep(spec).shows()][0]])
    stride = -(-max(values.shape) // _CELLS)
    return map_svg(values[::stride, ::stride], f"Phase diagram: {preset.title}")


def _stored(spec: SweepSpec) -> Mapping[str, Any] | None:
    """Arrays of the run that ships with the app."""
    return run_store().load(spec.id).arrays if spec.id in run_store() else None


def _small(spec: SweepSpec) -> Mapping[str, Any]:
    """Arrays of a coarser grid, solved here and now."""
    *_, last = run_sweep(with_values(spec, {"size": _CELLS}))
    return last.arrays


def draw_presets(current: SweepSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    draw_gallery(sweep_presets(), _picture, current, PAGE, from_sweep)


def words_of(current: SweepSpec) -> str:
    """What to see in the preset that is open; empty for other settings."""
    return next((preset.words for preset in sweep_presets() if preset.spec == current), "")
