"""What became of a run: certificate, norms and angles, and what to take away."""

import numpy as np
import streamlit as st

from app.figures import gram, norms
from app.runs import Run
from app.scenes.film import MAX_GRAM_CLASSES, normalized_grams
from app.ufm import UFMSpec
from app.ufm.shape import shape_of
from app.ui.chart import chart
from app.ui.collapse.code import gram_code, norms_code, python_code
from app.ui.collapse.pictures import shown_arrays
from app.ui.collapse.reference import Reference
from app.ui.collapse.spec import CollapseSpec
from app.ui.collapse.words import LOSS_FORMULAS, PAGE, certificate_sentence, number
from app.ui.glossary import caption, defined, draw_formulas, explained
from app.ui.hand_over import draw_hand_over
from app.ui.header import teaching
from app.ui.ways import draw_way

# Which live scene of /boundaries shows the geometry of a loss.
_LEARNERS = {"ce": "ce", "wce": "ce", "la": "ce", "cdt": "cdt", "vs": "cdt", "ldt": "ldt"}


def draw_results(spec: CollapseSpec, run: Run, reference: Reference) -> None:
    """Draw the panels below the picture."""
    draw_certificate(run)
    if teaching():
        return
    draw_formulas("UFM", *LOSS_FORMULAS.get(spec.loss, ()))
    st.markdown(defined(reference.prediction.statement))
    draw_charts(run, reference)
    code = python_code(spec.model(), solved=spec.mode == "solve")
    draw_hand_over(PAGE, spec.model(), run, code, lambda: draw_ways(spec))


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
            place.metric(title, number(value), help=explained(words, title))
        st.markdown(defined(certificate_sentence(**found, dim_short=model.dim < model.num_classes)))
        if run.metrics.get("diverged"):
            st.warning("Training diverged: this is the last state whose numbers were all finite.")


def draw_charts(run: Run, reference: Reference) -> None:
    """Norms and angles class by class, and the matrices in full."""
    W, M, names = shown_arrays(run)
    expected = reference.prediction.scaled_to(W, M)
    shapes = shape_of(W, M), shape_of(*expected)
    st.subheader("Norms and angles", anchor=False)
    chart(
        norms.norms_figure(*shapes, names),
        f"{PAGE}:norms",
        norms.alt_text(*shapes, names),
        *norms_code(run, reference.code),
    )
    if not reference.prediction.exact:
        caption(
            f"Lines: {reference.prediction.name}, which fixes ratios only, scaled to the run's "
            "norms."
        )
    if len(W) > MAX_GRAM_CLASSES:
        draw_gram(run, reference)


def draw_gram(run: Run, reference: Reference) -> None:
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
    W, M, names = shown_arrays(run)
    expected = reference.prediction.scaled_to(W, M)
    found, goal = normalized_grams(W, M)[place], normalized_grams(*expected)[place]
    chart(
        gram.gram_figure(found, goal, names),
        f"{PAGE}:gram",
        gram.alt_text(found, goal, names, words[name or "logits"]),
        *gram_code(run, reference.code, place),
    )


def draw_ways(spec: CollapseSpec) -> None:
    """Draw the link to the decision boundaries that the geometry leads to."""
    model = spec.model()
    learner = "relu" if model.relu else _LEARNERS.get(model.loss)
    if not learner or model.classifier != "learned":
        return
    draw_way(
        "boundaries",
        "Its decision boundaries, for three classes",
        {
            "scene": "learned",
            "learner": learner,
            "bend": f"{min(1.5, max(-1.5, model.gamma)):g}",
            "ratio": f"{min(1000.0, max(model.counts) / min(model.counts)):.6g}",
        },
    )
