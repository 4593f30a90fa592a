"""What became of a run, and what the rules make of it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from app.centers import (
    CentersSpec,
    Model,
    RuleName,
    expected,
    model_of,
    noisy_accuracies,
    rule_accuracy,
)
from app.centers.rules import RULE_WORDS
from app.centers.spec import STRATEGY_WORDS, Strategy
from app.figures import centers_frame, centers_rules, gram
from app.figures.style import CONFIG
from app.runs import Run, run_bytes
from app.ui.centers.code import python_code
from app.ui.centers.findings import Finding, findings, hard_to_predict
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import FRAME_TEXT, PAGE
from app.ui.specs import close_spec, log_slider

PAGES = Path(__file__).resolve().parents[3] / "pages"
# Rows of the matrix of centers and features; of larger frames as many are drawn.
_MOST_ROWS = 60
_MOST_PAIRS = 10


def names_of(model: Model) -> list[str]:
    """Names of classes along axes."""
    return [f"class {k + 1}" for k in range(model.num_classes)]


def draw_findings(run: Run) -> None:
    """What the state shown says."""
    _draw([*findings(run), hard_to_predict(_model(run))])


def _draw(found: list[Finding]) -> None:
    st.subheader("What this shows", anchor=False)
    for finding in found:
        st.markdown(f"**{finding.title}.** {finding.words}")
        if finding.title.startswith("Centring"):
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
    theory, names = expected(model).cosines(model), names_of(model)
    measured = None if run is None else np.asarray(run.arrays["class_cosines"])
    st.plotly_chart(
        centers_rules.margins_figure(measured, theory, model.frame.per_class, names),
        config=CONFIG,
        key=f"{PAGE}:margins",
        alt=centers_rules.margins_alt(theory, names),
    )


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
    measured = found @ found.T
    st.plotly_chart(
        gram.gram_figure(measured, theory, names),
        config=CONFIG,
        key=f"{PAGE}:gram",
        alt=gram.alt_text(measured, theory, names, "Centers and class means"),
    )
    if len(kept) < frame.num_centers:
        st.caption(f"Every {-(-frame.num_centers // len(kept))}th of {frame.num_centers} centers.")


def draw_noisy_test(spec: CentersPageSpec, run: Run | None) -> CentersPageSpec:
    """The balanced test with noise; returns the settings with the slider's noise."""
    noise = log_slider(spec, PAGE, "noise", 0.05, 2.0)
    spec = close_spec(spec, PAGE, {"noise": noise})
    model = model_of(spec.model())
    measured = _measured(spec.model(), spec.noise, run)
    # Exact where features end at the mean directions.
    ends = model.loss in ("cosine", "p")
    settings = model.counts, model.frame.per_class, spec.theta, spec.noise
    exact = {rule: rule_accuracy(rule, *settings) for rule in RULE_WORDS} if ends else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(
            centers_rules.accuracy_figure(measured, exact, names_of(model)),
            config=CONFIG,
            key=f"{PAGE}:accuracy",
            alt=centers_rules.accuracy_alt(measured, spec.noise),
        )
        st.caption(
            "Balanced test: training features of length 1 plus normal noise; 5 seeds, intervals of "
            "95 %." + (" Dotted: exact, at full collapse." if ends else "")
        )
    with right:
        _draw_strategies(spec, measured)
    return spec


def _draw_strategies(spec: CentersPageSpec, measured: Mapping[RuleName, np.ndarray]) -> None:
    """The strategies side by side, the others at full collapse."""
    found: dict[str, Mapping[RuleName, np.ndarray]] = {}
    for strategy, words in STRATEGY_WORDS.items():
        if strategy == spec.strategy:
            found[words] = measured
        else:
            found[words] = _collapsed(_other(spec.model(), strategy), spec.noise)
    st.plotly_chart(
        centers_rules.strategies_figure(found, STRATEGY_WORDS[spec.strategy], 360),
        config=CONFIG,
        key=f"{PAGE}:strategies",
        alt=strategies_words(found),
    )
    st.caption(
        strategies_words(found)
        + " Strategies other than the one trained are at full collapse; one center a class has "
        "theta = pi/2, where center and class vector are one."
    )


def strategies_words(found: Mapping[str, Mapping[RuleName, np.ndarray]]) -> str:
    """Compare the strategies by the deployed rule and by the nearest mean direction."""
    parts = []
    rules: dict[RuleName, str] = {"rcr-bn": "By the deployed rule", "ncc": "by the nearest mean"}
    for rule, words in rules.items():
        means = (f"{strategy} {by_rule[rule].mean():.1%}" for strategy, by_rule in found.items())
        parts.append(f"{words}: {', '.join(means)}")
    return "; ".join(parts) + "."


def _other(spec: CentersSpec, strategy: Strategy) -> CentersSpec:
    """The model with another strategy, two centers at least and the dimensions it needs."""
    changes: dict[str, object] = {"strategy": strategy, "dim": None}
    if strategy == "single":
        changes["theta"] = np.pi / 2
    if strategy == "cal" and spec.mean_centers < 2:
        changes["mean_centers"] = 2
    return spec.model_copy(update=changes)


@lru_cache(maxsize=64)
def _collapsed(spec: CentersSpec, noise: float) -> Mapping[RuleName, np.ndarray]:
    """Accuracies of features at the mean directions."""
    frame = model_of(spec).frame
    labels = np.arange(frame.num_classes)
    return noisy_accuracies(frame, frame.directions, labels, np.array(spec.counts), noise)


def _measured(spec: CentersSpec, noise: float, run: Run | None) -> Mapping[RuleName, np.ndarray]:
    """Accuracies of trained features; of collapsed ones until there are any."""
    if run is None:
        return _collapsed(spec, noise)
    frame, counts = model_of(spec).frame, np.array(spec.counts)
    features = np.asarray(run.arrays["features"], float)
    labels = np.asarray(run.arrays["feature_labels"])
    return noisy_accuracies(frame, features, labels, counts, noise)


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
    with st.expander("Python"):
        st.code(python_code(model), language="python")


def _model(run: Run) -> Model:
    assert isinstance(run.spec, CentersSpec)
    return model_of(run.spec)
