"""The chosen cell: what it is, what was measured, and the way into it."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.figures.thumbnail import gram_svg
from app.runs import Run
from app.ufm import UFMSpec
from app.ufm.sweep_findings import CERTIFIED, measured_phases
from app.ufm.sweep_measure import NOTHING
from app.ufm.sweep_theory import PHASES
from app.ui.collapse.optimum import optimum
from app.ui.collapse.spec import from_model
from app.ui.lists import grouped
from app.ui.minority.picture import theory_of
from app.ui.minority.spec import MinoritySpec
from app.ui.specs import with_values
from app.ui.ways import draw_way

_TABLE_WIDTH = 460  # pixels
Arrays = Mapping[str, NDArray[np.float64]]


def draw_cell(spec: MinoritySpec, arrays: Arrays) -> None:
    """Draw the readout of the chosen cell, or how to choose one."""
    place = spec.picked()
    if place is None:
        st.caption("Click a cell to look into it and to open its run.")
        return
    model = spec.cell(*place)
    found = optimum(model)
    assert found is not None  # decays of a sweep are above 0
    with st.container(border=True, horizontal=True, gap="medium", vertical_alignment="center"):
        _draw_matrices(found)
        with st.container(width=_TABLE_WIDTH):
            st.markdown(_table(spec, arrays, place, found))
            counts = grouped([f"{count:,}" for count in model.counts])
            st.caption(f"Training samples: {counts}.")
            draw_way("collapse", "Open this run in Collapse", collapse_query(model))


def collapse_query(model: UFMSpec) -> dict[str, str]:
    """What the link to /collapse holds: the settings that are not its defaults."""
    return with_values(from_model(model), {"against": "optimum"}).to_short_query()


def _draw_matrices(found: Run) -> None:
    W, H = (np.asarray(found.arrays[name]) for name in ("classifier", "means"))
    for matrix, words in ((W @ W.T, "Classifier W Wᵀ"), (W @ H.T, "Logits W Hᵀ")):
        st.image(gram_svg(matrix, f"{words} of the chosen cell"), width=112, caption=words)


def _table(spec: MinoritySpec, arrays: Arrays, place: tuple[int, int], found: Run) -> str:
    """Theory and measurement, one below the other, headed by ratio and decay."""
    row, column = place
    lines = {
        f"R = {spec.ratios[column]:,.4g}": f"decay {spec.decays[row]:.3g}",
        "---": "---",
        "Theory": _theory_words(spec, place),
        "Measured": _measured_words(spec, arrays, place),
        "Minority vectors apart": f"{_size(arrays['minority_distance'][place])} ‖W‖ at most",
        "Minority means": f"{_size(arrays['minority_norm'][place])} of the longest",
        "Rank of the logits": f"{arrays['rank'][place]:.0f}",
        "Classes recognised": f"{arrays['accuracy'][place] * spec.classes:.0f} of {spec.classes}",
        "Certificate": _certificate_words(found),
    }
    return "\n".join(f"| {name} | {value} |" for name, value in lines.items())


def _theory_words(spec: MinoritySpec, place: tuple[int, int]) -> str:
    theory = theory_of(spec.sweep())
    phase = int(theory.phases[place])
    return theory.names[phase] if phase >= 0 else "no formula"


def _measured_words(spec: MinoritySpec, arrays: Arrays, place: tuple[int, int]) -> str:
    if spec.profile == "exponential":
        return f"rank {arrays['rank'][place]:.0f}"
    return PHASES[int(measured_phases(arrays)[place])]


def _certificate_words(found: Run) -> str:
    ratio, gap = found.metrics["ratio"], found.metrics["gap"]
    share = max(gap / found.metrics["objective"], 1e-15)
    if ratio <= CERTIFIED:
        return f"ratio {ratio:.3f}: optimal to {share:.0e}"
    return f"ratio {ratio:.2f}: {share:.1%} open"


def _size(value: float) -> str:
    return "0" if value < NOTHING else f"{value:.3g}"
