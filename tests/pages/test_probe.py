"""The page /probe as a user meets it, without a browser."""

import io
import json
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.data.bundled import load_features
from app.errors import UserError
from app.probe import METHODS, ProbeSpec, run
from app.probe.embedding import UmapSpec, digest
from app.probe.principal import principal
from app.probe.results import comparison
from app.runs import Snapshot
from app.runs.presets import presets
from app.theory.spread import feature_spread
from app.ui import jobs
from app.ui.probe import ratios, training, umap_job, watching
from app.ui.probe.code import python_code
from app.ui.probe.quotes import TABLE_1, TABLE_2
from app.ui.probe.spec import ProbePageSpec, from_comparison
from app.ui.probe.upload import upload_of
from app.ui.probe.words import FAMILIES, SHORT_NAMES
from tests.definitions import without_definitions
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.probe.sets import clouds

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"
METHOD_NAMES = ("stage1", "balanced-softmax", "posthoc-la", "lort")
TINY = {"methods": ",".join(METHOD_NAMES), "epochs": "2", "batch_size": "256"}
ASKED = ProbeSpec(methods=METHOD_NAMES, epochs=2, batch_size=256)


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("COLLAPSE_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(watching, "WAIT_SECONDS", 30.0)
    for resource in (jobs.store, jobs.runner):
        resource.clear()
    yield
    jobs.runner().close()
    for resource in (jobs.store, jobs.runner):
        resource.clear()


@pytest.fixture(scope="module")
def asked():
    """What the engine makes of the settings of most tests."""
    data = load_features("fashion-lt")
    *_, last = run(ASKED, data)
    return data, last


def raw(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/probe.py")
    app.query_params.update(query)
    return app.run()


def opened(**query):
    return checked(raw(**(TINY | query)))


def checked(app):
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def spec_of(app):
    return app.session_state["probe:spec"]


def texts(app):
    shown = " ".join(e.value for kind in (app.markdown, app.caption) for e in kind)
    return without_definitions(shown)


def frame(app):
    (found,) = (d.value for d in app.dataframe if "Method" in d.value)
    return found.set_index("Method")


def charts(app):
    return {c.key for c in app.get("plotly_chart")}


def control(app, key):
    widgets = [*app.selectbox, *app.number_input, *app.select_slider, *app.button_group]
    return {w.key: w for w in [*widgets, *app.text_input]}[f"probe.{key}"]


def npz(data, **changes):
    out = io.BytesIO()
    arrays = {
        "train_features": data.train.features,
        "train_labels": data.train.labels,
        "test_features": data.test.features,
        "test_labels": data.test.labels,
    }
    np.savez(out, **(arrays | changes))
    return out.getvalue()


def test_the_table_is_what_the_engine_finds(asked):
    data, last = asked
    table = frame(opened())
    lines = comparison(ASKED, last.arrays, data)
    assert list(table.index) == [SHORT_NAMES[name] for name in METHOD_NAMES]
    for (_, row), line in zip(table.iterrows(), lines, strict=True):
        assert row["All"] == pytest.approx(100 * line.scores["accuracy"].mean)
        assert row["Medium"] == pytest.approx(100 * line.scores["medium"].mean)
        assert row["Chosen"] == line.chosen
    gap = lines[1].against["stage1"]
    assert table.loc["Balanced softmax", "− stage 1"] == pytest.approx(100 * gap.score.mean)
    assert table.loc["Balanced softmax", "p − stage 1"] == gap.p_value
    # No class of this set has fewer than 20 training rows, and nothing differs from itself.
    assert table["Few"].isna().all()
    assert np.isnan(table.loc["Stage 1", "− stage 1"])


def test_every_number_carries_data_split_selection_and_seeds():
    text = texts(opened(selection="best-on-test"))
    assert "12,408 training rows of 10 classes (5,000 to 50 a class)" in text
    assert "same 10,000 test rows that judge them \\(optimistic" in text
    assert "seed 0" in text


def test_all_parts_are_there():
    app = opened()
    parts = ("curves", "magnitude", "deviation", "balance", "spread", "classifiers", "map")
    assert charts(app) == {f"probe:{part}" for part in parts}
    text = texts(app)
    assert "Blind to biases." in text
    assert "predicted from training rows" in text
    assert "tick Post-hoc MLA" in text
    assert "log(1 + K(1 − δ)/δ) = 0.186" in text


def test_several_seeds_have_intervals():
    table = frame(opened(seeds="2", methods="stage1,crt"))
    assert table.loc["cRT", "± All"] > 0
    assert table.loc["cRT", "± − stage 1"] > 0
    assert table.loc["Stage 1", "± All"] == 0


def test_another_ratio_cuts_the_rows_and_can_be_set_back():
    app = opened(methods="stage1,posthoc-la")
    control(app, "ratio").set_value(50.0)
    checked(app.run())
    assert spec_of(app).ratio == 50
    assert app.query_params["ratio"] == "50.0"
    assert "cut to a ratio of 50" in texts(app)
    control(app, "ratio").set_value("as is")
    checked(app.run())
    assert spec_of(app).ratio is None
    assert "cut to a ratio" not in texts(app)


def test_ticking_a_method_adds_it_and_the_last_one_stays():
    app = opened(methods="stage1")
    control(app, "methods.2").set_value(["balanced-softmax"])
    checked(app.run())
    assert spec_of(app).methods == ("stage1", "balanced-softmax")
    assert app.query_params["methods"] == "stage1,balanced-softmax"
    control(app, "methods.0").set_value([])
    checked(app.run())
    control(app, "methods.2").set_value([])
    app.run()
    assert "at least 1 item" in app.error[0].value
    assert spec_of(app).methods == ("balanced-softmax",)
    assert list(frame(app).index) == ["Balanced softmax"]


def test_delta_is_set_by_its_slider_and_its_gap_follows():
    app = opened()
    control(app, "delta").set_value(0.2)
    checked(app.run())
    assert spec_of(app).delta == 0.2
    assert f"{np.log(1 + 10 * 0.8 / 0.2):.3f}" in texts(app)


def test_rates_are_typed_and_mapped():
    app = opened(methods="stage1,ce")
    assert "probe:sensitivity:ce" not in charts(app)
    control(app, "learning_rates").set_value("0.01, 0.1")
    checked(app.run())
    assert spec_of(app).learning_rates == (0.01, 0.1)
    assert "probe:sensitivity:ce" in charts(app)
    control(app, "learning_rates").set_value("much")
    app.run()
    assert "number" in app.error[0].value
    assert spec_of(app).learning_rates == (0.01, 0.1)


def test_what_takes_long_waits_to_be_asked_for(monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = opened()
    assert "do not start by themselves" in app.info[0].value
    assert not app.dataframe
    checked(app.button(key="probe:run").click().run())
    assert len(frame(app)) == 4


def test_a_comparison_is_stored_and_read_again():
    opened()
    again = opened(look="few", focus="lort", color="group").session_state["probe:held"]
    assert again.job is None
    assert again.run.spec == ASKED


def test_it_is_drawn_as_far_as_it_is_and_can_be_stopped(monkeypatch):
    go_on = Event()

    def slow(spec, data):
        for snapshot in run(spec, data):
            yield snapshot
            if snapshot.step > 40:
                go_on.wait(30)

    monkeypatch.setattr(training, "run", slow)
    monkeypatch.setattr(watching, "WAIT_SECONDS", 1.5)
    app = opened()
    table = frame(app)
    assert list(table.columns) == ["All", "Many", "Medium", "Few", "Worst class"]
    assert table.loc["Stage 1", "All"] == pytest.approx(84.47, abs=0.01)
    assert charts(app) == {"probe:curves:partly"}
    app.button(key="probe:stop").click()
    go_on.set()
    checked(app.run())
    assert "Stopped on the way" in app.warning[0].value
    assert "− stage 1" in frame(app)
    app.button(key="probe:again").click()
    checked(app.run())
    assert app.session_state["probe:held"].job.wait(30) == "done"
    assert not checked(app.run()).warning


def test_a_comparison_that_fails_says_so(monkeypatch):
    def failing(spec, data):
        raise UserError("this machine is too small.")

    monkeypatch.setattr(training, "run", failing)
    app = raw(**TINY)
    assert not app.exception
    assert "this machine is too small" in app.error[0].value
    assert not app.info
    monkeypatch.setattr(training, "run", run)
    assert len(frame(checked(app.button(key="probe:again").click().run()))) == 4


def test_own_features_are_compared_and_never_stored(tmp_path):
    data = clouds((60, 30, 8), spread=0.6, validation=False)
    app = opened()
    app.file_uploader[0].set_value(("mine.npz", npz(data), "application/octet-stream"))
    app.run()
    # Without validation rows the last epoch is the first thing that can be reported.
    checked(app.run())
    spec = spec_of(app)
    assert spec.data.startswith("own-")
    assert spec.selection == "last"
    text = texts(app)
    assert "mine\\.npz: 98 training rows of 3 classes" in text
    assert len(frame(app)) == 4
    stored = list((tmp_path / "runs").glob("*.safetensors"))
    assert [path.stem for path in stored] == [ASKED.id]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("counts", [(5, 1), (1, 1, 1)])
def test_tiny_data_give_every_part_of_the_page(counts):
    app = opened(methods=",".join(METHODS))
    content = npz(clouds(counts, dim=1, test=3, validation=False))
    app.file_uploader[0].set_value(("tiny.npz", content, "application/octet-stream"))
    app.run()
    checked(app.run())
    assert len(frame(app)) == len(METHODS)
    assert {"probe:curves", "probe:spread", "probe:map"} <= charts(app)


def test_bad_features_are_refused_with_the_reason():
    app = opened()
    data = clouds((60, 30, 8))
    bad = npz(data, test_labels=np.where(data.test.labels == 2, 1, data.test.labels))
    app.file_uploader[0].set_value(("mine.npz", bad, "application/octet-stream"))
    app.run()
    assert "no test row" in app.error[0].value
    assert spec_of(app).data == "fashion-lt"


@pytest.mark.parametrize(
    "query",
    [
        {"methods": "<b>", "seeds": "999999", "epochs": "nan"},
        {"data": "../../etc/passwd"},
        {"data": "own-0123456789abcdef"},
        {"delta": "2", "learning_rates": "1,2,x"},
        {"ratio": "0.1", "focus": "everything"},
        {"seeds": "20", "learning_rates": "1,2,3,4,5,6", "weight_decays": "1,2,3,4,5,6"},
    ],
)
def test_any_link_gives_a_page_that_says_what_it_did_not_take(query, monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = checked(raw(**query))
    assert app.warning
    assert spec_of(app).data == "fashion-lt"
    assert app.button(key="probe:run")


def test_a_ratio_that_the_rows_do_not_allow_is_told():
    app = raw(**TINY, ratio="100000")
    assert not app.exception
    assert "largest class" in app.error[0].value


def test_a_link_holds_every_setting():
    spec = ProbePageSpec(
        data="kjv-books",
        ratio=20,
        profile="step",
        methods=("ce", "lort"),
        learning_rates=(0.1, 0.01),
        selection="last",
        look="few",
        focus="lort",
        color="class",
    )
    assert ProbePageSpec.from_query(spec.to_query()) == (spec, [])
    app = opened(look="medium", delta="0.5")
    query = {name: app.query_params[name] for name in app.query_params}
    assert ProbePageSpec.from_query(query) == (spec_of(app), [])


@pytest.mark.parametrize("preset", presets(ProbeSpec), ids=lambda preset: preset.name)
def test_every_preset_opens(preset, monkeypatch):
    monkeypatch.setattr(training, "UNASKED", 0.0)
    app = opened()
    checked(app.button(key=f"probe:preset:{preset.name}").click().run())
    assert spec_of(app).comparison() == preset.spec
    assert preset.words in texts(app)
    assert from_comparison(preset.spec).comparison() == preset.spec


def test_projected_only_table_and_curves_are_left():
    app = opened(view="teach")
    assert not app.selectbox
    assert not app.subheader
    assert len(frame(app)) == 4
    assert charts(app) == {"probe:curves"}


def test_what_is_sent_to_tune_is_the_classifier_that_was_reported(asked):
    data, last = asked
    found = upload_of(ASKED, data, last.arrays, "balanced-softmax", "mine")
    assert found.logits.shape == (12_000, 10)
    expected = found.features @ found.weights.T + found.bias
    np.testing.assert_allclose(found.logits, expected, atol=1e-4)
    judged = found.split == "judge"
    right = (found.logits.argmax(axis=1) == found.labels)[judged].mean()
    assert right == pytest.approx(last.metrics["balanced-softmax/accuracy"], abs=2e-4)
    np.testing.assert_array_equal(found.class_counts, data.class_counts)
    of_tail = data.train.features[data.train.labels == 9]
    np.testing.assert_allclose(found.class_means[9], of_tail.mean(axis=0), rtol=1e-4, atol=1e-5)
    spread = feature_spread(data.train.features, data.train.labels, 10)
    np.testing.assert_allclose(found.class_spread, spread)


def test_a_cosine_head_goes_with_features_of_length_one(asked):
    data, _ = asked
    spec = ProbeSpec(methods=("cosine", "disalign"), epochs=1, batch_size=512)
    *_, last = run(spec, data)
    found = upload_of(spec, data, last.arrays, "cosine", "mine")
    np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1, rtol=1e-5)
    expected = found.features @ found.weights.T + found.bias
    np.testing.assert_allclose(found.logits, expected, atol=1e-4)
    # The gate of DisAlign is not linear: there are no weights to normalise.
    assert upload_of(spec, data, last.arrays, "disalign", "mine").weights is None


def test_sending_opens_tune_with_the_data():
    app = opened()
    app.button(key="probe:send").click().run()
    assert not app.exception
    kept = app.session_state["tune:kept"]
    assert kept.upload.name == "fashion-lt, Balanced softmax"
    assert kept.key == f"probe:{ASKED.id}:balanced-softmax"
    assert app.session_state["tune:spec"].judge == "split"
    assert app.title[0].value == "Tune gamma"
    assert "12,000 samples, 10 classes" in texts(app)
    assert "sent from Linear probe" in texts(app)


def test_the_code_on_the_page_runs(capsys):
    exec(compile(python_code(ASKED, own=False), "page", "exec"), {})
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    assert "Balanced softmax" in out
    assert "read_features" in python_code(ASKED, own=True)


def test_every_method_can_be_ticked_once():
    assert sorted(name for names in FAMILIES.values() for name in names) == sorted(METHODS)
    assert SHORT_NAMES.keys() == METHODS.keys()
    assert len(set(SHORT_NAMES.values())) == len(METHODS)


def test_quotes_fit_together():
    """The test set of CIFAR100 is balanced: All is the mean of 35, 35 and 30 classes."""
    for name, *cells in TABLE_1:
        whole, many, medium, few = map(float, cells)
        assert 0.35 * many + 0.35 * medium + 0.3 * few == pytest.approx(whole, abs=0.011), name
    complete = 0
    for name, *cells in TABLE_2:
        assert len(cells) == 11, name
        # ImageNet-LT has 385 many, 479 medium and 136 few classes.
        if all(cells[3:7]):
            many, medium, few, whole = map(float, cells[3:7])
            assert 0.385 * many + 0.479 * medium + 0.136 * few == pytest.approx(whole, abs=0.2)
            complete += 1
    assert complete == 16


def test_principal_axes_hold_most_of_the_variance():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 5)) * [1, 5, 0.1, 2, 0.5] + 7
    points, shares = principal(rows)
    np.testing.assert_allclose(np.abs(np.corrcoef(points[:, 0], rows[:, 1])[0, 1]), 1, atol=1e-3)
    assert shares[0] == pytest.approx(25 / 30.26, abs=0.03)
    assert shares[1] == pytest.approx(4 / 30.26, abs=0.03)
    only, part = principal(rows[:, :1])
    assert only.shape == (500, 2)
    assert part == (1.0, 0.0)


def test_the_page_settings_are_those_of_the_comparison_and_more():
    assert json.loads(from_comparison(ASKED).comparison().model_dump_json()) == json.loads(
        ASKED.model_dump_json()
    )
    assert ProbePageSpec(methods=("ce", "lort"), focus="crt").focused() == "lort"


@pytest.mark.parametrize(
    "query",
    [
        {"methods": "stage1,balanced-softmax,posthoc-la", "learning_rates": "0.01,0.1"},
        {"methods": "lort", "projection": "umap", "color": "class", "ratio": "20"},
        {"methods": "stage1,disalign", "color": "group", "look": "medium", "seeds": "2"},
    ],
)
def test_the_code_of_every_figure_makes_it(query, tmp_path, monkeypatch):
    app = opened(epochs="1", batch_size="512", **query)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == shown.keys()
    assert ("probe-sensitivity-balanced-softmax" in shown) == ("learning_rates" in query)
    for name, code in scripts.items():
        assert_same_figure(made_by(code, tmp_path, monkeypatch), shown[name])


def test_the_code_of_own_features_reads_their_file(tmp_path, monkeypatch):
    app = opened(methods="stage1,lort")
    content = npz(clouds((60, 30, 8), spread=0.6, validation=False))
    app.file_uploader[0].set_value(("mine.npz", content, "application/octet-stream"))
    app.run()
    checked(app.run())
    (tmp_path / "features.npz").write_bytes(content)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == shown.keys()
    for name in ("probe-curves", "probe-map", "probe-spread"):
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])


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


def test_umap_of_a_bundled_set_is_there_at_once(monkeypatch):
    monkeypatch.setattr(umap_job, "embedding", None)
    app = opened(projection="umap", methods="stage1,posthoc-la")
    assert not app.info
    text = texts(app)
    assert "3,000 of 10,000 test rows, drawn at random. UMAP keeps who is near whom" in text
    assert "Precomputed with umap-learn" in text
    assert "15 neighbours, least distance 0.1, seed 0" in text
    # A cut thins training rows; the map is of test rows.
    app = opened(projection="umap", methods="stage1", color="class", ratio="10")
    assert "Precomputed" in texts(app)


def test_other_umaps_come_in_the_background_and_pca_is_there_until_then(monkeypatch):
    go_on, found = Event(), []

    def slow(spec, features):
        go_on.wait(30)
        found.append((spec, features))
        yield Snapshot(0, {"points": features[:, :2]}, {})

    umap_job._bundled_maps.clear()
    monkeypatch.setattr(umap_job, "embedding", slow)
    digits = {"projection": "umap", "methods": "stage1,posthoc-la", "data": "digits-lt"}
    app = opened(**digits)
    assert "in the background" in app.info[0].value
    assert "PCA keeps" in texts(app)
    go_on.set()
    assert app.session_state["probe:umap:held"].job.wait(30) == "done"
    checked(app.run())
    assert not app.info
    assert "All 500 test rows. UMAP keeps who is near whom" in texts(app)
    assert "Computed here: 15 neighbours" in texts(app)
    features = load_features("digits-lt").test.features
    assert [spec for spec, _ in found] == [UmapSpec(rows=digest(features))]
    np.testing.assert_array_equal(found[0][1], features)
    # Known to all sessions by now.
    assert "UMAP keeps" in texts(opened(**digits))
    assert len(found) == 1
    umap_job._bundled_maps.clear()
