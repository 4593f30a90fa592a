"""The balanced test with noise: rules and strategies side by side."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from app.centers import CentersSpec, Model, RuleName, model_of, noisy_accuracies, rule_accuracy
from app.centers.rules import RULE_WORDS
from app.centers.spec import STRATEGY_WORDS
from app.centers.strategies import Accuracies, collapsed_accuracies, strategy_accuracies
from app.figures import centers_rules
from app.runs import Run
from app.ui.centers.code import accuracy_code, strategies_code
from app.ui.centers.spec import CentersPageSpec
from app.ui.centers.words import PAGE
from app.ui.chart import chart
from app.ui.glossary import caption
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
        exact = _exact(spec)
        chart(
            centers_rules.accuracy_figure(found, exact, names_of(model_of(spec.model()))),
            f"{PAGE}:accuracy",
            centers_rules.accuracy_alt(found, spec.noise),
            *accuracy_code(spec.model(), run, spec.noise, exact=exact is not None),
        )
        caption(
            "Balanced test: training features of length 1 plus normal noise; 5 seeds, intervals of "
            "95 %." + (" Dotted: exact, at full collapse." if exact else "")
        )
    with right:
        _draw_strategies(spec, run, found)
    return spec


def _exact(spec: CentersPageSpec) -> Accuracies | None:
    """Accuracies at full collapse, where features end at the mean directions."""
    model = model_of(spec.model())
    if model.loss not in ("cosine", "p"):
        return None
    settings = model.counts, model.frame.per_class, spec.theta, spec.noise
    return {rule: rule_accuracy(rule, *settings) for rule in RULE_WORDS}


def _draw_strategies(spec: CentersPageSpec, run: Run | None, own: Accuracies) -> None:
    """The strategies side by side, the others at full collapse."""
    found = strategy_accuracies(spec.model(), spec.noise, own)
    chart(
        centers_rules.strategies_figure(found, STRATEGY_WORDS[spec.strategy]),
        f"{PAGE}:strategies",
        strategies_words(found),
        *strategies_code(spec.model(), run, spec.noise),
    )
    caption(
        strategies_words(found)
        + " Strategies other than the one trained are at full collapse; one center a class has "
        "theta = pi/2, where center and class vector are one."
    )


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
