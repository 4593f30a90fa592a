"""The page /centers as a user meets it, without a browser."""

import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.centers import CentersSpec, model_of, rule_accuracy, run, theta_sweep
from app.runs import collect
from app.ui import jobs
from app.ui.centers.code import python_code
from app.ui.centers.findings import findings, hard_to_predict
from app.ui.centers.presets import all_presets
from app.ui.centers.spec import CentersPageSpec, from_model
from app.ui.centers.sweep import CENTERS, THETAS
from tests.definitions import without_definitions

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SMALL = {"steps": "400", "head_count": "30"}


def open_page(**query):
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/centers.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    return finish(at)


def finish(at):
    """Wait for the model of the page, then run it again, as its fragment does in a browser."""
    spec, problems = read_link(at)
    waits = any(b.label == "Train" for b in at.button)
    if not problems and not waits and not shows_findings(at):
        end = time.monotonic() + 60
        while spec.model().id not in jobs.store() and time.monotonic() < end:
            time.sleep(0.05)
        at.run()
    assert not at.exception
    return at


def shows_findings(at):
    return any(s.value == "What this shows" for s in at.subheader)


def words(at):
    shown = (*at.markdown, *at.caption, *at.warning, *at.error, *at.info)
    text = without_definitions(" ".join(element.value for element in shown))
    return text.replace("\\", "")


def read_link(at):
    link = {k: v if isinstance(v, str) else v[-1] for k, v in at.query_params.items()}
    return CentersPageSpec.from_query(link)


def spec_in_link(at):
    spec, problems = read_link(at)
    assert not problems
    return spec


def test_a_model_trains_by_itself_and_is_kept():
    at = open_page(**SMALL, seed="5")
    spec = spec_in_link(at)
    assert "Features go to the mean of their centers" in words(at)
    assert spec.model().id in jobs.store()
    again = AppTest.from_file(str(MAIN), default_timeout=60)
    again.switch_page("../pages/centers.py")
    for name, value in (SMALL | {"seed": "5"}).items():
        again.query_params[name] = value
    again.run()
    assert shows_findings(again)


def test_controls_change_the_model_and_the_link():
    at = open_page(**SMALL)
    next(s for s in at.selectbox if s.label == "Centers").set_value("al")
    at.run()
    finish(at)
    assert spec_in_link(at).model().per_class.tolist() == [3, 3, 3]
    next(s for s in at.selectbox if s.label == "Loss").set_value("p")
    at.run()
    finish(at)
    next(s for s in at.selectbox if s.label == "Frame").set_value("learned")
    at.run()
    finish(at)
    assert spec_in_link(at).model().frame == "learned"
    next(s for s in at.selectbox if s.label == "Loss").set_value("cosine")
    at.run()
    finish(at)
    assert spec_in_link(at).model().frame == "fixed"
    assert not at.error


def test_the_noise_slider_moves_the_test():
    at = open_page(**SMALL)
    before = words(at)
    slider = next(s for s in at.select_slider if s.label == "Noise of the test")
    slider.set_value(max(map(float, slider.options)))
    at.run()
    finish(at)
    assert spec_in_link(at).noise == 2.0
    deployed = re.compile(r"By the deployed rule: Class-aware \(CAL\) ([\d.]+)%")
    shares = [float(deployed.search(text).group(1)) for text in (before, words(at))]
    assert shares[1] < shares[0] - 10
    spec = spec_in_link(at)
    exact = rule_accuracy("rcr-bn", spec.counts(), spec.model().per_class, spec.theta, 2.0)
    assert shares[1] == pytest.approx(100 * exact.mean(), abs=2)


def test_the_sweep_says_where_centers_help():
    at = open_page(**SMALL, rule="gcr", look="last")
    said = words(at)
    assert "no frame of the map does better on average than one center a class" in said
    found = re.search(r"The last class gains in (\d+)% of the map", said)
    spec = spec_in_link(at)
    sweep = theta_sweep(np.array(spec.counts()), THETAS, CENTERS, "cal", "gcr", spec.noise)
    values, baseline = sweep.seen("last")
    assert int(found.group(1)) == round(100 * (values > baseline + 1e-6).mean())
    assert f"Accuracy of the last class over theta and f: best {values.max():.1%}" in said


def test_a_long_training_waits_to_be_asked():
    at = open_page(classes="20", mean_centers="20", head_count="200", steps="200000")
    assert any(b.label == "Train" for b in at.button)
    assert "takes a while to train" in words(at)


@pytest.mark.parametrize("preset", all_presets(), ids=lambda preset: preset.name)
def test_every_preset_opens(preset):
    assert from_model(preset.spec).model() == preset.spec
    assert len(preset.title) <= 20
    assert preset.words.endswith(".")
    at = open_page(**from_model(preset.spec).to_query())
    assert spec_in_link(at).model() == preset.spec
    assert shows_findings(at)
    assert "bug" not in words(at)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"theta": "2"}, "theta in the link was '2': using 1.57"),
        ({"mean_centers": "1"}, "mean_centers must be at least 2 for the class-aware strategy"),
        ({"dim": "5"}, "dim must be at least 12 for 3 classes with 9 centers, got 5"),
        ({"frame": "learned"}, "a learned frame needs loss 'p'"),
        ({"profile": "own", "own": "5"}, "own counts must be of at least 2 classes, got 1"),
        ({"profile": "own", "own": "5,0"}, "counts must be at least 1 each, got 0"),
        ({"rule": "best"}, "rule in the link must be one of"),
        ({"classes": "50", "mean_centers": "60", "head_count": "10000"}, "at most 20,000"),
    ],
    ids=str,
)
def test_bad_links_give_a_page_and_a_sentence(query, sentence):
    at = open_page(**query)
    assert sentence in words(at)
    assert "bug" not in words(at)


@pytest.mark.parametrize(
    "query",
    [
        {"classes": "2", "strategy": "single"},
        {"profile": "own", "own": "1,9,4"},
        {"profile": "balanced"},
        {"loss": "ce"},
        {"classes": "26", "mean_centers": "2"},
        {"looked": "50"},
        {"strategy": "al", "mean_centers": "1"},
    ],
    ids=str,
)
def test_unusual_models_are_shown(query):
    at = open_page(**(SMALL | query))
    assert shows_findings(at)
    assert "bug" not in words(at)


def test_divergence_is_said():
    at = open_page(**SMALL, loss="p", learning_rate="1e6")
    assert "Training diverged after step" in words(at)


def test_one_sample_is_said():
    assert "Class 2, 3 has a single sample" in words(open_page(profile="own", own="7,1,1"))


def test_projected_without_controls():
    at = open_page(**SMALL, view="teach")
    assert not at.selectbox
    assert shows_findings(at)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 300), min_size=2, max_size=8),
    st.sampled_from(["cal", "al", "single"]),
    st.floats(0, math.pi / 2),
)
def test_any_model_has_settings_and_a_link(counts, strategy, theta):
    model = CentersSpec(counts=tuple(counts), strategy=strategy, theta=theta)
    spec = from_model(model)
    assert spec.model() == model
    assert CentersPageSpec.from_query(spec.to_query()) == (spec, [])


def test_the_code_runs_and_gives_the_same(capsys):
    model = CentersSpec(counts=(20, 5), steps=50, theta=0.3)
    exec(python_code(model), {})
    found = re.search(r"'nc_ave': ([\d.e-]+)", capsys.readouterr().out)
    expected = collect(model, run(model)).metrics["nc_ave"]
    assert float(found.group(1)) == pytest.approx(expected, rel=1e-12)


def titles(**fields):
    spec = CentersSpec(**({"counts": (100, 22, 5)} | fields))
    return {f.title: f.words for f in findings(collect(spec, run(spec)))}


def test_findings_say_what_the_state_shows_and_nothing_else():
    cal = titles()
    assert (
        "with cos alpha = 0.447"
        in cal["Features go to the mean of their centers, never to one of them"]
    )
    assert "like t^-1.0" in cal["One center is slow"]
    assert "6 centers has a cosine of 0.44" in cal["More centers buy a larger margin"]
    assert "GCR changes nothing on collapsed features" in cal
    early = titles(steps=5)
    assert "Features go to the mean of their centers, never to one of them" not in early
    assert "One center is slow" not in early
    equal = titles(strategy="al")
    assert "More centers buy a larger margin" not in equal
    assert "One center is slow" not in equal
    contrast = titles(strategy="al", mean_centers=2, loss="nearest")
    assert "Not the paper's method: each feature sits on one center" in contrast
    assert "Features go to the mean of their centers, never to one of them" not in contrast
    flat = titles(theta=0.0)
    assert "At theta = 0 the class vectors see nothing" in flat
    assert "GCR changes nothing on collapsed features" not in flat


def test_findings_of_a_collapsed_and_a_rescued_tail():
    decays = {"weight_decay": 0.06, "feature_decay": 0.012, "loss": "p", "frame": "learned"}
    shared = {"counts": (20, 6, 3, 1), "mean_centers": 2} | decays
    lost, saved = titles(**shared, strategy="al"), titles(**shared)
    assert "only 4 vanishes" in lost["Collapse is class by class"]
    assert "threshold is 1.12 of cos alpha" in lost["Collapse is class by class"]
    assert "No class collapses" in saved


def test_the_guess_on_hard_features():
    finding = hard_to_predict(model_of(CentersSpec(counts=(500, 187, 70, 26, 10), mean_centers=6)))
    assert "1/5 = 20%" in finding.words
    assert "f/F = 57%" in finding.words
    assert "in 53% of widely spread features and in 0% of close ones" in finding.words


def test_centring_numbers_are_measured():
    words = titles(counts=(500, 187, 70, 26, 10), mean_centers=6, steps=1500)
    found = [
        float(v) for v in re.findall(r"0\.\d{3}", words["Centring acts as an additive adjustment"])
    ]
    np.testing.assert_allclose(found[5:10], [0.125, 0.047, 0.033, 0.015, 0.008], atol=2e-3)
    np.testing.assert_allclose(found[:5], found[5:10], atol=2e-3)
