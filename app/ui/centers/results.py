"""What became of a run."""

import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.centers import CentersSpec, Model, expected, model_of
from app.figures import centers_frame, centers_rules, gram
from app.figures.style import CONFIG
from app.runs import Run, run_bytes
from app.ui.centers.code import python_code
from app.ui.centers.findings import Finding, findings, hard_to_predict
from app.ui.centers.noisy import accuracies, measured, names_of
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import FRAME_TEXT, PAGE

PAGES = Path(__file__).resolve().parents[3] / "pages"
# Rows of the matrix of centers and features; of larger frames as many are drawn.
_MOST_ROWS = 60
_MOST_PAIRS = 10


def draw_findings(run: Run) -> None:
    """What the state shown says."""
    _draw([*findings(run), hard_to_predict(_model(run))])


def _draw(found: list[Finding]) -> None:
    st.subheader("What this shows", anchor=False)
    for finding in found:
        st.markdown(f"**{finding.title}.** {finding.words}")
        if finding.adjustment:
            st.page_link(
                PAGES / "boundaries.py",
                label="ALA, the additive adjustment, on Decision boundaries",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params={"rules": "mla,ala"},
            )


def draw_frame(spec: CentersPageSpec) -> None:
    """The frame explained, for the class looked at."""
    model, k = model_of(spec.model()), spec.looked_class()
    f = int(model.frame.per_class[k])
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        st.plotly_chart(
            centers_frame.frame_figure(f, spec.theta, k, model.num_classes),
            config=CONFIG,
            key=f"{PAGE}:frame",
            alt=centers_frame.alt_text(f, spec.theta),
        )
    with right:
        st.markdown(FRAME_TEXT)
        pairs = list(zip(model.counts, model.frame.per_class, strict=True))
        shown = ", ".join(f"{n} and {f}" for n, f in pairs[:_MOST_PAIRS])
        more = "" if len(pairs) <= _MOST_PAIRS else ", ..."
        st.caption(
            f"{model.frame.num_centers} centers and {model.num_classes} class vectors in "
            f"{model.frame.dim} dimensions. Samples and centers of each class: {shown}{more}."
        )


def draw_margins(spec: CentersPageSpec, run: Run | None) -> None:
    """Cosines of features and class vectors."""
    model = model_of(spec.model())
    st.plotly_chart(
        _margins(spec, run),
        config=CONFIG,
        key=f"{PAGE}:margins",
        alt=centers_rules.margins_alt(expected(model).cosines(model), names_of(model)),
    )


def _margins(spec: CentersPageSpec, run: Run | None) -> go.Figure:
    model = model_of(spec.model())
    theory, f = expected(model).cosines(model), model.frame.per_class
    found = None if run is None else np.asarray(run.arrays["class_cosines"])
    return centers_rules.margins_figure(found, theory, f, names_of(model))


def draw_gram(run: Run) -> None:
    """Inner products of centers and class means, measured and in theory."""
    model = _model(run)
    frame, end = model.frame, expected(model)
    means = np.asarray(run.arrays["unit_means"])
    kept = np.arange(frame.num_centers)
    if len(kept) + model.num_classes > _MOST_ROWS:
        kept = kept[:: -(-len(kept) // (_MOST_ROWS - model.num_classes))]
    names = [f"center {j + 1} of {frame.owners[j] + 1}" for j in kept]
    names += [f"features of {k + 1}" for k in range(model.num_classes)]
    found = np.concatenate([frame.centers[kept], means])
    theory = None
    if end.directions is not None:
        ends = np.concatenate([frame.centers[kept], end.directions])
        theory = ends @ ends.T
    products = found @ found.T
    st.plotly_chart(
        gram.gram_figure(products, theory, names),
        config=CONFIG,
        key=f"{PAGE}:gram",
        alt=gram.alt_text(products, theory, names, "Centers and class means"),
    )
    if len(kept) < frame.num_centers:
        st.caption(f"Every {-(-frame.num_centers // len(kept))}th of {frame.num_centers} centers.")


def draw_hand_over(spec: CentersPageSpec, run: Run) -> None:
    """Where to go on with it: files and code."""
    model = spec.model()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Run (.safetensors)",
            lambda: run_bytes(run),
            file_name=f"{model.id}.safetensors",
            key=f"{PAGE}:download_run",
            on_click="ignore",
        )
        st.download_button(
            "Spec (.json)",
            json.dumps({"kind": "CentersSpec", "spec": model.model_dump(mode="json")}, indent=1),
            file_name=f"{model.id}.json",
            key=f"{PAGE}:download_spec",
            on_click="ignore",
        )
        st.download_button(
            "Margins (.html)",
            lambda: as_html(_margins(spec, run)),
            file_name=f"{model.id}-margins.html",
            key=f"{PAGE}:download_margins",
            on_click="ignore",
        )
        st.download_button(
            "Noisy test (.html)",
            lambda: as_html(accuracies(spec, measured(model, spec.noise, run))),
            file_name=f"{model.id}-noisy-test.html",
            key=f"{PAGE}:download_test",
            on_click="ignore",
        )
    with st.expander("Python"):
        st.code(python_code(model), language="python")


def as_html(figure: go.Figure) -> str:
    """Return a page that needs no network."""
    return str(figure.to_html(include_plotlyjs=True))


def _model(run: Run) -> Model:
    assert isinstance(run.spec, CentersSpec)
    return model_of(run.spec)
