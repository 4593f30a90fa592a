"""What became of a run."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.centers import CentersSpec, Model, expected, model_of
from app.figures import centers_frame, centers_rules, gram
from app.figures.style import settled
from app.runs import Run
from app.ui.centers.code import frame_code, gram_code, margins_code
from app.ui.centers.findings import Finding, findings, hard_to_predict
from app.ui.centers.noisy import names_of, origin
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import FRAME_TEXT, PAGE
from app.ui.chart import chart
from app.ui.glossary import caption, defined
from app.ui.once import Origin, kept, once, origin_of
from app.ui.ways import draw_way

# Rows of the matrix of centers and features; of larger frames as many are drawn.
_MOST_ROWS = 60
_MOST_PAIRS = 10


def draw_findings(run: Run) -> None:
    """What the state shown says."""
    _draw(_findings(origin_of(run), run))


@once
def _findings(of: Origin | None, _run: Run) -> list[Finding]:
    return [*findings(_run), hard_to_predict(_model(_run))]


def _draw(found: list[Finding]) -> None:
    st.subheader("What this shows", anchor=False)
    for finding in found:
        st.markdown(defined(f"**{finding.title}.** {finding.words}"))
        if finding.adjustment:
            draw_way(
                "boundaries",
                "ALA, the additive adjustment, on Decision boundaries",
                {"rules": "mla,ala"},
            )


def draw_frame(spec: CentersPageSpec) -> None:
    """The frame explained, for the class looked at."""
    model, k = model_of(spec.model()), spec.looked_class()
    f = int(model.frame.per_class[k])
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        asked = f, spec.theta, k, model.num_classes
        alt = centers_frame.alt_text(f, spec.theta)
        chart(_frame(*asked), f"{PAGE}:frame", alt, frame_code(*asked))
    with right:
        st.markdown(defined(FRAME_TEXT))
        pairs = list(zip(model.counts, model.frame.per_class, strict=True))
        shown = ", ".join(f"{n} and {f}" for n, f in pairs[:_MOST_PAIRS])
        more = "" if len(pairs) <= _MOST_PAIRS else ", ..."
        caption(
            f"{model.frame.num_centers} centers and {model.num_classes} class vectors in "
            f"{model.frame.dim} dimensions. Samples and centers of each class: {shown}{more}."
        )


@kept(64)
def _frame(num_centers: int, theta: float, rank: int, num_classes: int) -> go.Figure:
    return settled(centers_frame.frame_figure(num_centers, theta, rank, num_classes))


def draw_margins(spec: CentersPageSpec, run: Run | None) -> None:
    """Cosines of features and class vectors."""
    asked = spec.model()
    figure, alt = _margins(origin(asked, run), asked, run)
    chart(figure, f"{PAGE}:margins", alt, *margins_code(asked, run))


@once
def _margins(of: Origin | None, _spec: CentersSpec, _run: Run | None) -> tuple[go.Figure, str]:
    model = model_of(_spec)
    theory, names = expected(model).cosines(model), names_of(model)
    found = None if _run is None else np.asarray(_run.arrays["class_cosines"])
    figure = centers_rules.margins_figure(found, theory, model.frame.per_class, names)
    return settled(figure), centers_rules.margins_alt(theory, names)


def draw_gram(run: Run) -> None:
    """Inner products of centers and class means, measured and in theory."""
    model = _model(run)
    centers, theory = model.frame.num_centers, expected(model).directions is not None
    stride = 1
    if centers + model.num_classes > _MOST_ROWS:
        stride = -(-centers // (_MOST_ROWS - model.num_classes))
    figure, alt = _gram(origin_of(run), stride, run)
    chart(figure, f"{PAGE}:gram", alt, *gram_code(run, stride, theory=theory))
    if stride > 1:
        st.caption(f"Every {stride}th of {centers} centers.")


@once
def _gram(of: Origin | None, stride: int, _run: Run) -> tuple[go.Figure, str]:
    """The figure of every ``stride``-th center, and what it says."""
    model = _model(_run)
    frame, ends = model.frame, expected(model).directions
    kept = np.arange(0, frame.num_centers, stride)
    names = [f"center {j + 1} of {frame.owners[j] + 1}" for j in kept]
    names += [f"features of {k + 1}" for k in range(model.num_classes)]
    found = _products(frame.centers[kept], _run.arrays["unit_means"])
    theory = None if ends is None else _products(frame.centers[kept], ends)
    words = gram.alt_text(found, theory, names, "Centers and class means")
    return settled(gram.gram_figure(found, theory, names)), words


def _products(centers: np.ndarray, means: np.ndarray) -> np.ndarray:
    rows = np.concatenate([centers, means])
    return np.asarray(rows @ rows.T)


def _model(run: Run) -> Model:
    assert isinstance(run.spec, CentersSpec)
    return model_of(run.spec)
