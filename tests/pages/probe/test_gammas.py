"""Predicted and tuned gamma, of two classifiers and over ratios."""

import numpy as np
import pytest

from app.ui.probe import ratios
from tests.pages.probe.page import charts, checked, opened, texts
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts


def test_predicted_and_tuned_gamma_of_two_classifiers_are_those_of_the_samples():
    text = texts(opened(methods="stage1"))
    # The exponents and the tuned gammas that the samples are documented with.
    assert "| γ predicted | **0.04** (-0.05 to 0.13) | **0.16** (0.07 to 0.26) |" in text
    assert "| γ tuned | **0.27** (0.21 to 0.30) | **0.71** (0.37 to 0.75) |" in text
    assert "| at γ tuned | 87.8 % | 87.5 % |" in text
    assert "Learned classifier: the prediction does not hold" in text
    assert "2,000 validation images" in text
    assert "10,000 test images" in text
    assert "γ predicted" not in texts(opened(methods="stage1", data="digits-lt"))


def test_gammas_are_compared_over_ratios_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(ratios, "RATIOS", (1.0, 10.0, 100.0))
    app = opened(methods="stage1")
    assert "probe:ratios_chart" not in charts(app)
    checked(app.button(key="probe:over_ratios").click().run())
    sweep = [app.session_state[f"probe:ratio:{ratio}:held"] for ratio in (1, 10, 100)]
    # Two at a time: a visitor may have few computations under way.
    assert [held.job is None for held in sweep] == [False, False, True]
    for held in sweep:
        assert held.job.wait(30) == "done"
        checked(app.run())
    assert "probe:ratios_chart" in charts(app)
    found = sweep[2].run
    counts = np.asarray(found.arrays["counts"])
    assert counts.max() / counts.min() == pytest.approx(100)
    assert found.metrics["posthoc-mla/balanced_accuracy"] > 0.8
    shown = shown_figures(app)["probe-ratios_chart"]
    tuned = shown["data"][0]
    assert [tuned["x"][0], tuned["y"][0]] == [1, None]
    assert "every γ is as good" in shown["layout"]["annotations"][0]["text"]
    code = shown_scripts(app)["probe-ratios_chart"]
    assert_same_figure(made_by(code, tmp_path, monkeypatch), shown)
    # Another cut is another sweep.
    app.selectbox(key="probe.data").set_value("digits-lt")
    assert "probe:ratios_chart" not in charts(app.run())
