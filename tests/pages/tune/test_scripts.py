"""The code beside every figure makes it."""

import numpy as np
import pytest

from app.adjust import compare
from app.data.bundled import load
from app.tune import comparison
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.pages.tune.page import SAMPLE, checked, npz, opened, spec_of, upload

FIGURES = {"tune-counts", "tune-gains", "tune-flips"}


def assert_is_the_curve(figure, work, spec, names):
    """The curves have their exact values, and the marks are the tuned parameters."""
    named = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    for name in names:
        line = work.line(name, spec.metric, (spec.low, spec.high), judge=spec.judge, samples=20)
        path = work.tuner(name).path.subset(work.protocol(name, spec.judge).final)
        title = compare.ADJUSTERS[name].title
        (curve,) = (trace for key, trace in named.items() if key and key.startswith(title))
        # Of thousands of steps those are drawn that a screen can show, each where it is.
        exact = path.curve(spec.metric, (spec.low, spec.high)).at(np.asarray(curve.x))
        np.testing.assert_allclose(curve.y, exact, atol=1e-12)
        marks = [trace for trace in figure.data if trace.mode == "markers"]
        assert any(trace.x[0] == pytest.approx(line.optimum.value) for trace in marks)


def test_the_code_of_every_figure_makes_it(tmp_path, monkeypatch):
    app = opened(data=SAMPLE, adjusters="mla,ala", focus="ala", samples="20", groups="1")
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert shown.keys() == FIGURES
    assert scripts.keys() == FIGURES | {"tune-curves"}
    for name in shown:
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])
    spec = spec_of(app)
    figure = made_by(scripts["tune-curves"], tmp_path, monkeypatch)
    assert_is_the_curve(figure, comparison(load(SAMPLE), spec), spec, ("mla", "ala"))


def test_the_code_of_an_uploaded_file_reads_it_again(tmp_path, monkeypatch):
    content = npz(class_counts=None)
    app = upload(opened(value="1.25", focus="mla", adjusters="mla"), content)
    app.text_area[0].set_value("500, 120, 40, 10")
    checked(app.run())
    (tmp_path / "mine.npz").write_bytes(content)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == FIGURES | {"tune-curves"}
    assert spec_of(app).value == 1.25
    for name in FIGURES:
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])
