"""Presets as pictures: the Gram matrix each of them leads to."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from app.figures.thumbnail import gram_svg
from app.ufm import UFMSpec
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import from_model
from app.ui.collapse.words import PAGE
from app.ui.specs import store

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "presets"


@dataclass(frozen=True)
class Preset:
    """A setting worth starting from.

    Attributes
    ----------
    name : str
    title : str
        A few words.
    words : str
        What to see, in one sentence.
    spec : UFMSpec
    """

    name: str
    title: str
    words: str
    spec: UFMSpec


@cache
def presets() -> tuple[Preset, ...]:
    """Read the files of the folder, in the order of their names."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["kind"] == "UFMSpec":
            spec = UFMSpec.model_validate(content["spec"])
            found.append(Preset(path.stem, content["title"], content["words"], spec))
    return tuple(found)


@cache
def _picture(preset: Preset) -> str:
    found = optimum(preset.spec)
    assert found is not None, f"{preset.name} has no optimum"
    classifier = np.asarray(found.arrays["classifier"])
    return gram_svg(classifier @ classifier.T, f"Gram matrix of the classifier: {preset.title}")


def draw_presets(current: UFMSpec) -> None:
    """Draw a row of pictures; a click makes a preset the page's settings."""
    with st.container(horizontal=True, gap="small"):
        for preset in presets():
            with st.container(width=106, gap=None, horizontal_alignment="center"):
                st.image(_picture(preset), width=84)
                chosen = st.button(
                    preset.title,
                    key=f"{PAGE}:preset:{preset.name}",
                    help=preset.words,
                    type="primary" if preset.spec == current else "tertiary",
                    width="stretch",
                )
            if chosen:
                store(PAGE, from_model(preset.spec))
                st.rerun()
