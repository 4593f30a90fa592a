"""The balanced test with noise: rules and strategies side by side."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.centers import CentersSpec, Model, RuleName, model_of, noisy_accuracies, rule_accuracy
from app.centers.rules import RULE_WORDS
from app.centers.spec import STRATEGY_WORDS
from app.centers.strategies import Accuracies, collapsed_accuracies, strategy_accuracies
from app.figures import centers_rules
from app.figures.style import settled
from app.runs import Run
from app.ui.centers.code import accuracy_code, strategies_code
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import PAGE
from app.ui.chart import chart
from app.ui.glossary import caption
from app.ui.once import Origin, once, origin_of
from app.ui.specs import close_spec, log_slider

# Losses under which features end at the mean directions.
_EXACT = ("cosine", "p")


class Picture(NamedTuple):
    """A figure, its key on the page and what it says."""

    figure: go.Figure
    key: str
    alt: str


def names_of(model: Model) -> list[str]:
    """Names of classes along axes."""
    return [f"class {k + 1}" for k in range(model.num_classes)]


def draw_noisy_test(spec: CentersPageSpec, run: Run | None) -> CentersPageSpec:
    """The balanced test with noise; returns the settings with the slider's noise."""
    noise = log_slider(spec, PAGE, "noise", 0.05, 2.0)
    spec = close_spec(spec, PAGE, {"noise": noise})
    asked = spec.model()
    rules, strategies = _pictures(origin(asked, run), spec.noise, asked, run)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        exact = asked.loss in _EXACT
        chart(*rules, *accuracy_code(asked, run, spec.noise, exact=exact))
        caption(
            "Balanced test: training features of length 1 plus normal noise; 5 seeds, intervals of "
            "95 %." + (" Dotted: exact, at full collapse." if exact else "")
        )
    with right:
        chart(*strategies, *strategies_code(asked, run, spec.noise))
        caption(
            f"{strategies.alt} Strategies other than the one trained are at full collapse; one "
            "center a class has theta = pi/2, where center and class vector are one."
        )
    return spec


def origin(spec: CentersSpec, run: Run | None) -> Origin:
    """What is drawn of a run, of the model alone until there is one, is made of."""
    return Origin(spec.id) if run is None else origin_of(run)


@once
def _pictures(
    of: Origin | None, noise: float, _spec: CentersSpec, _run: Run | None
) -> tuple[Picture, Picture]:
    """The rules class by class, and the strategies side by side."""
    model, found = model_of(_spec), measured(_spec, noise, _run)
    rules = centers_rules.accuracy_figure(found, _exact(model, noise), names_of(model))
    by_strategy = strategy_accuracies(_spec, noise, found)
    chosen = STRATEGY_WORDS[_spec.strategy]
    strategies = centers_rules.strategies_figure(by_strategy, chosen)
    return (
        Picture(settled(rules), f"{PAGE}:accuracy", centers_rules.accuracy_alt(found, noise)),
        Picture(settled(strategies), f"{PAGE}:strategies", strategies_words(by_strategy)),
    )


def _exact(model: Model, noise: float) -> Accuracies | None:
    """Accuracies at full collapse, where features end at the mean directions."""
    if model.loss not in _EXACT:
        return None
    settings = model.counts, model.frame.per_class, model.frame.theta, noise
    return {rule: rule_accuracy(rule, *settings) for rule in RULE_WORDS}


def strategies_words(found: Mapping[str, Accuracies]) -> str:
    """Compare the strategies by the deployed rule and by the nearest mean direction."""
    parts = []
    rules: dict[RuleName, str] = {"rcr-bn": "By the deployed rule", "ncc": "by the nearest mean"}
    for rule, words in rules.items():
        means = (f"{strategy} {by_rule[rule].mean():.1%}" for strategy, by_rule in found.items())
        parts.append(f"{words}: {', '.join(means)}")
    return "; ".join(parts) + "."


def measured(spec: CentersSpec, noise: float, run: Run | None) -> Accuracies:
    """Accuracies of trained features; of collapsed ones until there are any."""
    if run is None:
        return collapsed_accuracies(spec, noise)
    frame, counts = model_of(spec).frame, np.array(spec.counts)
    features = np.asarray(run.arrays["features"], float)
    labels = np.asarray(run.arrays["feature_labels"])
    return noisy_accuracies(frame, features, labels, counts, noise)
