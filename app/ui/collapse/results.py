"""What became of a run: certificate, norms and angles, and what to take away."""

import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.figures import gram, norms
from app.figures.collapse_curves import collapse_curves_figure
from app.figures.geometry3d import geometry_figure
from app.figures.style import CONFIG
from app.runs import Run, run_bytes
from app.runs.replay import snapshots_of
from app.scenes.film import MAX_GRAM_CLASSES, normalized_grams
from app.ufm import UFMSpec
from app.ufm.prediction import Prediction
from app.ufm.shape import shape_of
from app.ufm.view import principal_axes, project, turned_onto
from app.ui.collapse.code import python_code
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.words import CURVES, PAGE, certificate_sentence, number
from app.ui.header import teaching

PAGES = Path(__file__).resolve().parents[3] / "pages"
# Which live scene of /boundaries shows the geometry of a loss.
_LEARNERS = {"ce": "ce", "wce": "ce", "la": "ce", "cdt": "cdt", "vs": "cdt", "ldt": "ldt"}


def draw_results(spec: CollapseSpec, run: Run, reference: Prediction) -> None:
    """Draw the panels below the picture."""
    draw_certificate(run)
    if teaching():
        return
    st.markdown(reference.statement)
    draw_charts(run, reference)
    draw_hand_over(spec, run, reference)


def draw_certificate(run: Run) -> None:
    """Objective, lower bound, their gap, and what it proves."""
    found = {name: run.metrics.get(name, np.nan) for name in ("objective", "lower_bound", "ratio")}
    model = run.spec
    assert isinstance(model, UFMSpec)
    gap = max(0.0, found["objective"] - found["lower_bound"])
    with st.container(border=True):
        places = st.columns(4)
        for place, (title, value, words) in zip(
            places,
            (
                ("Objective", found["objective"], "Loss plus decay terms at the last step."),
                ("Lower bound", found["lower_bound"], "No model of this kind lies below it."),
                ("Certified gap", gap, "Objective less lower bound."),
                ("Ratio", found["ratio"], "Above 1 at a standstill: a saddle, or stuck."),
            ),
            strict=True,
        ):
            place.metric(title, number(value), help=words)
        st.markdown(certificate_sentence(**found, dim_short=model.dim < model.num_classes))
        if run.metrics.get("diverged"):
            st.warning("Training diverged: this is the last state whose numbers were all finite.")


def draw_charts(run: Run, reference: Prediction) -> None:
    """Norms and angles class by class, and the matrices in full."""
    last = snapshots_of(run)[-1].arrays
    W, M = np.asarray(last["classifier"]), np.asarray(last["means"])
    names = [f"class {k + 1}" for k in range(len(W))]
    expected = to_scale(reference, W, M)
    shapes = shape_of(W, M), shape_of(*expected)
    st.subheader("Norms and angles", anchor=False)
    st.plotly_chart(
        norms.norms_figure(*shapes, names),
        config=CONFIG,
        key=f"{PAGE}:norms",
        alt=norms.alt_text(*shapes, names),
    )
    if not reference.exact:
        st.caption(f"Lines: {reference.name}, which fixes ratios only, scaled to the run's norms.")
    if len(W) > MAX_GRAM_CLASSES:
        draw_gram(W, M, expected, names)


def draw_gram(
    W: np.ndarray, M: np.ndarray, expected: tuple[np.ndarray, np.ndarray], names: list[str]
) -> None:
    """One of the matrices that are too large for every frame of the film."""
    words = {"classifier": "Classifier W Wᵀ", "means": "Class means H Hᵀ", "logits": "Logits W Hᵀ"}
    name = st.segmented_control(
        "Matrix",
        list(words),
        default="logits",
        format_func=lambda n: words[n],
        key=f"{PAGE}:matrix",
    )
    place = list(words).index(name or "logits")
    found, goal = normalized_grams(W, M)[place], normalized_grams(*expected)[place]
    st.plotly_chart(
        gram.gram_figure(found, goal, names),
        config=CONFIG,
        key=f"{PAGE}:gram",
        alt=gram.alt_text(found, goal, names, words[name or "logits"]),
    )


def to_scale(reference: Prediction, W: np.ndarray, M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A prediction of ratios alone, scaled to the total norms of a run."""
    if reference.exact:
        return reference.classifier, reference.means
    found = (W, reference.classifier), (M, reference.means)
    scaled = [e * np.linalg.norm(m) / (np.linalg.norm(e) or 1.0) for m, e in found]
    return scaled[0], scaled[1]


def draw_hand_over(spec: CollapseSpec, run: Run, reference: Prediction) -> None:
    """Where to go on with it: other pages, files, code."""
    model = spec.model()
    st.subheader("Take it on", anchor=False)
    learner = "relu" if model.relu else _LEARNERS.get(model.loss)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if learner and model.classifier == "learned":
            st.page_link(
                PAGES / "boundaries.py",
                label="Its decision boundaries, for three classes",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params={
                    "scene": "learned",
                    "learner": learner,
                    "bend": f"{min(1.5, max(-1.5, model.gamma)):g}",
                    "ratio": f"{min(1000.0, max(model.counts) / min(model.counts)):.6g}",
                },
            )
        st.download_button(
            "Run (.safetensors)",
            lambda: run_bytes(run),
            file_name=f"{model.id}.safetensors",
            key=f"{PAGE}:download_run",
            on_click="ignore",
        )
        st.download_button(
            "Spec (.json)",
            json.dumps(model.model_dump(mode="json"), indent=1),
            file_name=f"{model.id}.json",
            key=f"{PAGE}:download_spec",
            on_click="ignore",
        )
        st.download_button(
            "Curves (.html)",
            lambda: as_html(curves_of(run)),
            file_name=f"{model.id}-curves.html",
            key=f"{PAGE}:download_curves",
            on_click="ignore",
        )
        st.download_button(
            "Geometry (.html)",
            lambda: as_html(geometry_of(run, reference)),
            file_name=f"{model.id}-geometry.html",
            key=f"{PAGE}:download_geometry",
            on_click="ignore",
        )
    with st.expander("Python"):
        st.code(python_code(model, solved=spec.mode == "solve"), language="python")


def curves_of(run: Run) -> go.Figure:
    """Draw every metric of a run over its steps."""
    snapshots = snapshots_of(run)
    names = [name for name in CURVES if name in snapshots[-1].metrics]
    return collapse_curves_figure(
        np.array([snapshot.step for snapshot in snapshots]),
        {CURVES[n]: np.array([s.metrics.get(n, np.nan) for s in snapshots]) for n in names},
    )


def geometry_of(run: Run, reference: Prediction) -> go.Figure:
    """Draw classifier and means of a run over the prediction turned onto them."""
    last = snapshots_of(run)[-1].arrays
    W, M = np.asarray(last["classifier"]), np.asarray(last["means"])
    expected = turned_onto(*to_scale(reference, W, M), W, M)
    axes = principal_axes(*expected)
    names = [f"class {k + 1}" for k in range(len(W))]
    return geometry_figure(project(W, M, axes), project(*expected, axes), names)


def as_html(figure: go.Figure) -> str:
    """Return a page that needs no network."""
    return str(figure.to_html(include_plotlyjs=True))
