"""The balanced test with noise: rules and strategies side by side."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.centers import (
    CentersSpec,
    Model,
    RuleName,
    model_of,
    noisy_accuracies,
    rule_accuracy,
)
from app.centers.rules import RULE_WORDS
from app.centers.spec import STRATEGY_WORDS, Strategy
from app.figures import centers_rules
from app.figures.style import CONFIG
from app.runs import Run
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import PAGE
from app.ui.specs import close_spec, log_slider


def names_of(model: Model) -> list[str]:
    """Names of classes along axes."""
    return [f"class {k + 1}" for k in range(model.num_classes)]


def draw_noisy_test(spec: CentersPageSpec, run: Run | None) -> CentersPageSpec:
    """The balanced test with noise; returns the settings with the slider's noise."""
    noise = log_slider(spec, PAGE, "noise", 0.05, 2.0)
    spec = close_spec(spec, PAGE, {"noise": noise})
    found = measured(spec.model(), spec.noise, run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(
            accuracies(spec, found),
            config=CONFIG,
            key=f"{PAGE}:accuracy",
            alt=centers_rules.accuracy_alt(found, spec.noise),
        )
        st.caption(
            "Balanced test: training features of length 1 plus normal noise; 5 seeds, intervals of "
            "95 %." + (" Dotted: exact, at full collapse." if _exact(spec) else "")
        )
    with right:
        _draw_strategies(spec, found)
    return spec


def accuracies(spec: CentersPageSpec, found: Mapping[RuleName, np.ndarray]) -> go.Figure:
    """The accuracy of every rule on each class, over the exact one."""
    names = names_of(model_of(spec.model()))
    return centers_rules.accuracy_figure(found, _exact(spec), names)


def _exact(spec: CentersPageSpec) -> Mapping[RuleName, np.ndarray] | None:
    """Accuracies at full collapse, where features end at the mean directions."""
    model = model_of(spec.model())
    if model.loss not in ("cosine", "p"):
        return None
    settings = model.counts, model.frame.per_class, spec.theta, spec.noise
    return {rule: rule_accuracy(rule, *settings) for rule in RULE_WORDS}


def _draw_strategies(spec: CentersPageSpec, own: Mapping[RuleName, np.ndarray]) -> None:
    """The strategies side by side, the others at full collapse."""
    found: dict[str, Mapping[RuleName, np.ndarray]] = {}
    for strategy, words in STRATEGY_WORDS.items():
        if strategy == spec.strategy:
            found[words] = own
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


def measured(spec: CentersSpec, noise: float, run: Run | None) -> Mapping[RuleName, np.ndarray]:
    """Accuracies of trained features; of collapsed ones until there are any."""
    if run is None:
        return _collapsed(spec, noise)
    frame, counts = model_of(spec).frame, np.array(spec.counts)
    features = np.asarray(run.arrays["features"], float)
    labels = np.asarray(run.arrays["feature_labels"])
    return noisy_accuracies(frame, features, labels, counts, noise)
