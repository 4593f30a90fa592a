"""The optimum itself, following two sliders."""

from dataclasses import replace

import streamlit as st

from app.errors import UserError
from app.runs.replay import snapshots_of
from app.scenes.film import film_of
from app.ui.collapse.optimum import optimum
from app.ui.collapse.pictures import draw_take_away
from app.ui.collapse.reference import reference_of
from app.ui.collapse.results import draw_results
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.words import PAGE
from app.ui.header import teaching
from app.ui.player import player
from app.ui.specs import close_spec, log_slider

KEY = f"{PAGE}:optimum"


def draw_solving(spec: CollapseSpec) -> None:
    """Draw sliders for imbalance and decay, and the optimum they lead to."""
    left, right = st.columns(2, gap="medium")
    values = {}
    if spec.profile not in ("balanced", "own"):
        with left:
            values["ratio"] = log_slider(spec, PAGE, "ratio", 1, 1000)
    with right:
        decay = log_slider(spec, PAGE, "weight_decay", 1e-8, 1e-1, title="Decay of W and H")
        if decay != spec.weight_decay:
            values |= {"weight_decay": decay, "feature_decay": decay}
    spec = close_spec(spec, PAGE, values)
    model = spec.model()
    reference = reference_of(spec)
    found = optimum(model)
    if found is None:
        raise UserError("Without decay of both W and H there is no optimum: norms grow for ever.")
    snapshots = snapshots_of(found)
    film = replace(film_of(model, reference.prediction, reference.against, found, None), curves=())
    player(film, snapshots, KEY, large=teaching())
    draw_take_away(found, reference, KEY, None)
    draw_results(spec, found, reference)
