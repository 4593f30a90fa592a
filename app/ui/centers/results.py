"""What became of a run."""

import numpy as np
import streamlit as st

from app.centers import CentersSpec, Model, expected, model_of
from app.figures import centers_frame, centers_rules, gram
from app.runs import Run
from app.ui.centers.code import frame_code, gram_code, margins_code
from app.ui.centers.findings import Finding, findings, hard_to_predict
from app.ui.centers.noisy import names_of
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import FRAME_TEXT, PAGE
from app.ui.chart import chart
from app.ui.glossary import caption, defined
from app.ui.ways import draw_way

# Rows of the matrix of centers and features; of larger frames as many are drawn.
_MOST_ROWS = 60
_MOST_PAIRS = 10


def draw_findings(run: Run) -> None:
    """What the state shown says."""
    _draw([*findings(run), hard_to_predict(_model(run))])


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
        chart(
            centers_frame.frame_figure(*asked),
            f"{PAGE}:frame",
            centers_frame.alt_text(f, spec.theta),
            frame_code(*asked),
        )
    with right:
        st.markdown(defined(FRAME_TEXT))
        pairs = list(zip(model.counts, model.frame.per_class, strict=True))
        shown = ", ".join(f"{n} and {f}" for n, f in pairs[:_MOST_PAIRS])
        more = "" if len(pairs) <= _MOST_PAIRS else ", ..."
        caption(
            f"{model.frame.num_centers} centers and {model.num_classes} class vectors in "
            f"{model.frame.dim} dimensions. Samples and centers of each class: {shown}{more}."
        )


def draw_margins(spec: CentersPageSpec, run: Run | None) -> None:
    """Cosines of features and class vectors."""
    model = model_of(spec.model())
    theory, names = expected(model).cosines(model), names_of(model)
    found = None if run is None else np.asarray(run.arrays["class_cosines"])
    chart(
        centers_rules.margins_figure(found, theory, model.frame.per_class, names),
        f"{PAGE}:margins",
        centers_rules.margins_alt(theory, names),
        *margins_code(spec.model(), run),
    )


def draw_gram(run: Run) -> None:
    """Inner products of centers and class means, measured and in theory."""
    model = _model(run)
    frame, ends = model.frame, expected(model).directions
    stride = 1
    if frame.num_centers + model.num_classes > _MOST_ROWS:
        stride = -(-frame.num_centers // (_MOST_ROWS - model.num_classes))
    kept = np.arange(0, frame.num_centers, stride)
    names = [f"center {j + 1} of {frame.owners[j] + 1}" for j in kept]
    names += [f"features of {k + 1}" for k in range(model.num_classes)]
    found = _products(frame.centers[kept], run.arrays["unit_means"])
    theory = None if ends is None else _products(frame.centers[kept], ends)
    chart(
        gram.gram_figure(found, theory, names),
        f"{PAGE}:gram",
        gram.alt_text(found, theory, names, "Centers and class means"),
        *gram_code(run, stride, theory=theory is not None),
    )
    if stride > 1:
        st.caption(f"Every {stride}th of {frame.num_centers} centers.")


def _products(centers: np.ndarray, means: np.ndarray) -> np.ndarray:
    rows = np.concatenate([centers, means])
    return np.asarray(rows @ rows.T)


def _model(run: Run) -> Model:
    assert isinstance(run.spec, CentersSpec)
    return model_of(run.spec)
