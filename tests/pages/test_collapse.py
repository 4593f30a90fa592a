"""The page /collapse as a user meets it, without a browser."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.runs import collect
from app.runs.presets import presets
from app.ufm import UFMSpec, observe, solve
from app.ui import jobs
from app.ui.collapse.code import python_code
from app.ui.collapse.spec import CollapseSpec, from_model
from app.ui.collapse.words import certificate_sentence, number
from tests.definitions import without_definitions

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SMALL = {"classes": "4", "dim": "6", "steps": "300", "head_count": "40"}


def open_page(**query):
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.switch_page("../pages/collapse.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def words(at):
    shown = (*at.markdown, *at.caption, *at.warning, *at.error)
    return without_definitions(" ".join(m.value for m in shown))


def metrics(at):
    return {m.label: m.value for m in at.metric}


def spec_in_link(at):
    link = {k: v if isinstance(v, str) else v[-1] for k, v in at.query_params.items()}
    spec, problems = CollapseSpec.from_query(link)
    assert not problems
    return spec


def press(at, label):
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception


def finish(at):
    """Wait for the run, as the page's own clock would."""
    job = at.session_state["collapse:held"].job
    assert job.wait(30) == "done"
    at.run()
    assert not at.exception


def test_first_paint_shows_the_optimum_and_its_proof():
    at = open_page(**SMALL)
    assert "Not trained yet" in words(at)
    assert "This is the global optimum" in words(at)
    spec = CollapseSpec.from_query(SMALL)[0]
    assert metrics(at)["Objective"] == number(solve(spec.model()).metrics["objective"])


def test_a_run_ends_stored_and_is_there_again():
    query = SMALL | {"seed": "17"}
    at = open_page(**query)
    press(at, "Run")
    finish(at)
    model = CollapseSpec.from_query(query)[0].model()
    assert model.id in jobs.store()
    expected = collect(model, observe(model)).metrics["objective"]
    assert metrics(at)["Objective"] == number(expected)
    again = open_page(**query)
    assert "Not trained yet" not in words(again)
    assert metrics(again)["Objective"] == number(expected)
    press(at, "Reset")
    assert "Run again" in [b.label for b in at.button]


def test_a_diverging_run_keeps_its_last_good_state():
    at = open_page(**SMALL, learning_rate="1e8", init_scale="100")
    press(at, "Run")
    finish(at)
    assert "Training diverged" in words(at)


def test_a_device_that_is_not_there_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr("app.device.cuda_count", lambda: 0)
    at = open_page(**SMALL, device="cuda")
    press(at, "Run")
    assert "machine without CUDA" in words(at)


def test_solving_follows_the_sliders():
    at = open_page(**SMALL, mode="solve")
    before = metrics(at)["Objective"]
    slider = next(s for s in at.select_slider if s.label == "Decay of W and H")
    slider.set_value(min(map(float, slider.options), key=lambda mark: abs(mark - 1e-2)))
    at.run()
    assert not at.exception
    assert metrics(at)["Objective"] != before
    spec = spec_in_link(at)
    assert spec.weight_decay == spec.feature_decay == pytest.approx(1e-2, rel=0.2)


@pytest.mark.parametrize("preset", presets(UFMSpec), ids=lambda preset: preset.name)
def test_every_preset_opens(preset):
    assert from_model(preset.spec).model() == preset.spec
    at = open_page()
    press(at, preset.title)
    assert spec_in_link(at).model() == preset.spec


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"classes": "100000"}, "classes in the link was '100000': using 200, the nearest."),
        ({"ratio": "nan"}, "ratio in the link must be a number"),
        ({"weight_decay": "-1"}, "weight_decay in the link was '-1': using 0.0, the nearest."),
        ({"loss": "hinge"}, "loss in the link must be one of"),
        ({"profile": "own", "own": "5"}, "own counts must be of at least 2 classes, got 1"),
        ({"profile": "own", "own": "5,0"}, "counts must be at least 1 each, got 0"),
        ({"classifier": "etf", "dim": "3"}, "needs dim of at least 9, got 3"),
        ({"dim": "20000", "per_sample": "1"}, "must hold at most 4,000,000 numbers"),
    ],
    ids=str,
)
def test_bad_links_give_a_page_and_a_sentence(query, sentence):
    at = open_page(**query)
    shown = words(at).replace("\\", "")
    assert sentence.replace("_", "") in shown.replace("_", "")
    assert "bug" not in shown


@pytest.mark.parametrize(
    "query",
    [
        {"weight_decay": "0", "feature_decay": "0"},
        {"dim": "1"},
        {"loss": "focal"},
        {"loss": "mse", "bias": "1"},
        {"classifier": "etf"},
        {"relu": "1"},
        {"relu": "1", "dim": "2"},
        {"profile": "own", "own": "1,1"},
        {"profile": "own", "own": "3,9,2"},
        {"classes": "30", "dim": "40"},
        {"per_sample": "1", "head_count": "10"},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["train", "solve"])
def test_unusual_models_are_shown(query, mode):
    at = open_page(**(SMALL | {"steps": "50"} | query), mode=mode)
    if mode == "train":
        press(at, "Run")
        finish(at)
    assert "bug" not in words(at)


def test_projected_without_controls():
    at = open_page(**SMALL, view="teach")
    assert not at.number_input
    assert not at.selectbox
    assert "This is the global optimum" in words(at)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 500), min_size=2, max_size=8),
    st.sampled_from(["ce", "cdt", "la"]),
    st.floats(-1, 1),
)
def test_any_model_has_settings_and_a_link(counts, loss, gamma):
    model = UFMSpec(counts=tuple(counts), loss=loss, gamma=gamma)
    spec = from_model(model)
    assert spec.model() == model
    assert CollapseSpec.from_query(spec.to_query()) == (spec, [])


@pytest.mark.parametrize("solved", [True, False])
def test_the_code_runs_and_gives_the_same(solved, capsys):
    model = UFMSpec(counts=(20, 5), dim=3, steps=50, loss="cdt", gamma=0.5)
    exec(python_code(model, solved=solved), {})
    found = re.search(r"'objective': (?:np\.float64\()?([\d.e-]+)", capsys.readouterr().out)
    expected = solve(model) if solved else collect(model, observe(model))
    assert float(found.group(1)) == pytest.approx(expected.metrics["objective"], rel=1e-12)


@pytest.mark.parametrize(
    ("objective", "bound", "ratio", "short", "said"),
    [
        (1.0, 1.0 - 1e-9, 1.0, False, "This is the global optimum"),
        (1.0, 0.9, 1.5, False, "stuck or on a saddle"),
        (1.0, 0.9, 1.5, True, "fewer dimensions than classes"),
        (1.0, 0.9, 0.9, False, "training on would narrow this"),
        (1.0, float("nan"), float("nan"), False, "nothing is certified"),
    ],
)
def test_what_the_certificate_is_said_to_mean(objective, bound, ratio, short, said):
    assert said in certificate_sentence(objective, bound, ratio, short)
