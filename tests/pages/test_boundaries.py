"""The page /boundaries as a user meets it, without a browser."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.scenes import points_at
from app.theory import matched_gamma
from app.ui.live_spec import SCENE_WORDS, BoundariesSpec, scene_of
from app.ui.live_words import read_rule
from tests.definitions import without_definitions
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"


def opened(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app.switch_page("../pages/boundaries.py")
    app.query_params.update(query)
    return checked(app.run())


def checked(app):
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def spec_of(app):
    return app.session_state["boundaries:spec"]


def said(app):
    """The sentences under "What you are looking at"."""
    told = (without_definitions(m.value) for m in app.markdown)
    return next(value for value in told if value.startswith("Class ")).replace("\\", "")


@pytest.mark.parametrize("scene", SCENE_WORDS)
def test_every_scene_says_what_one_looks_at(scene):
    app = opened(scene=scene)
    assert "What you are looking at" in [s.value for s in app.subheader]
    text = said(app)
    assert text.count(". ") == 2
    assert text.endswith(".")
    for rule in ("raw logits", "MLA", "ALA", "1vs1adjuster"):
        assert rule in text
    assert app.query_params.get("scene", "etf") == scene


@pytest.mark.parametrize("scene", SCENE_WORDS)
def test_projected_nothing_is_left_but_sliders_and_pictures(scene):
    app = opened(scene=scene, view="teach")
    assert not app.subheader
    assert not app.selectbox
    assert not app.caption
    assert spec_of(app).scene == scene


@pytest.mark.parametrize(
    "query",
    [
        {"scene": "circle", "classes": "2", "first": "11", "second": "11"},
        {"scene": "circle", "classes": "12", "gamma": "2", "ratio": "1000", "matched": "1"},
        {"scene": "sphere", "classes": "99", "norm": "0", "rules": "tau-norm"},
        {"scene": "sphere", "norm": "1", "tau": "4", "ratio": "1000"},
        {"scene": "sphere", "ratio": "1", "rules": "raw"},
        {"scene": "features", "slice": "0", "first": "9"},
        {"scene": "features", "slice": "0,1,2,3,4,5,6,7,8,9"},
        {"scene": "features", "slice": "9,0,9", "matched": "perhaps"},
        {"scene": "features", "slice": "3,<b>", "rules": "raw,mla,ala,1vs1,tau-norm"},
        {"scene": "nowhere"},
        {"gamma": "nan", "ratio": "-1", "rules": "", "spread": "<b>"},
        {"spread": "0", "s": "0", "ratio": "1"},
    ],
)
def test_any_link_gives_a_page(query):
    app = opened(**query)
    assert said(app).count(". ") == 2


def test_what_a_link_may_not_have_is_said():
    app = opened(scene="circle", classes="99", slice="0")
    told = " ".join(w.value.replace("\\", "") for w in app.warning)
    assert "classes in the link was '99': using 12, the nearest" in told
    assert "slice in the link is not allowed (the slice goes through 2 to 6 classes)" in told
    assert "2 to 12 classes, imbalance 1 to 1,000, 1,992 points" in app.caption[0].value


def test_real_features_say_that_the_projection_is_only_a_view():
    app = opened(scene="features")
    told = app.caption[0].value
    assert "only a view" in told
    assert "keep 72% of their variance" in told
    assert "all 3,000 test images of these classes, drawn 2,000" in told
    assert "rarest with 232 training samples against 5,000" in said(app)


def test_a_slice_through_other_classes():
    app = opened(scene="features")
    checked(app.button_group[0].set_value([1, 9]).run())
    assert spec_of(app).slice == (1, 9)
    assert app.query_params["slice"] == "1,9"
    assert "Class Ankle boot, the rarest with 50" in said(app)


def test_one_class_is_no_slice_and_the_last_one_stays():
    app = opened(scene="features")
    app.button_group[0].set_value([1]).run()
    assert not app.exception
    assert "2 to 6 classes" in app.error[0].value
    assert spec_of(app).slice == (0, 2, 6)


def test_only_ala_feels_the_feature_norm_of_the_sphere():
    app = opened(scene="sphere")
    assert "Doubling the feature norm to 10 would change it on 0.0% under MLA, 14.0%" in said(app)
    text = said(opened(scene="sphere", ratio="1"))
    assert "change nothing here, since ALA adds the same to every logit" in text
    text = said(opened(scene="sphere", norm="1", tau="4", ratio="1000"))
    assert "change nothing here, since under ALA one class owns it all" in text
    assert "Halving the feature norm to 25" in said(opened(scene="sphere", norm="50"))


def test_sliders_of_the_sphere_set_the_link():
    app = opened(scene="sphere", ratio="46.4")
    assert app.select_slider(key="boundaries.sphere.ratio").value == 46.4
    checked(app.slider(key="boundaries.sphere.gamma").set_value(0.8).run())
    checked(app.select_slider(key="boundaries.sphere.norm").set_value(50.0).run())
    found = spec_of(app)
    assert (found.gamma, found.norm, found.ratio) == (0.8, 50.0, 46.4)
    assert app.query_params["gamma"] == "0.8"
    assert app.slider(key="boundaries.sphere.gamma").value == 0.8
    checked(app.selectbox(key="boundaries.scene").set_value("etf").run())
    assert spec_of(app).gamma == 0.8


def test_the_matched_gamma_is_one_press_away_and_back():
    app = opened(scene="circle")
    before = said(app)
    assert f"{matched_gamma(0.5, 10):.2f}" in app.button(key="boundaries:match").label
    checked(app.button(key="boundaries:match").click().run())
    assert spec_of(app).matched
    assert app.query_params["matched"] == "1"
    assert said(app) != before
    checked(app.button(key="boundaries:match").click().run())
    assert not spec_of(app).matched
    assert said(app) == before


def test_two_classes_have_no_matched_gamma():
    app = opened(scene="circle", classes="2")
    assert not [b for b in app.button if b.key == "boundaries:match"]


def test_a_link_restores_every_setting():
    spec = BoundariesSpec(
        scene="sphere", gamma=1.25, rules=("raw", "1vs1"), norm=12.0, matched=True, slice=(1, 4)
    )
    assert spec_of(opened(**spec.to_query())) == spec


SEEN = {
    "etf": {"rules": "raw,mla,ala,tau-norm", "matched": "1", "seed": "3"},
    "learned": {"learner": "cdt", "bend": "0.25", "ratio": "30"},
    "circle": {"classes": "5", "rules": "mla,1vs1", "spread": "0.4"},
    "features": {"slice": "0,4,6,8", "gamma": "0.8"},
    "sphere": {"rules": "mla,ala,1vs1", "norm": "12"},
}


@pytest.mark.parametrize("scene", SCENE_WORDS)
def test_the_code_of_every_figure_makes_it(scene, tmp_path, monkeypatch):
    app = opened(scene=scene, **SEEN[scene])
    shown, scripts = shown_figures(app), shown_scripts(app)
    pictures = scripts.keys() - shown.keys()
    assert pictures == (set() if scene == "sphere" else {"boundaries-regions"})
    assert shown.keys() <= scripts.keys()
    for name in shown:
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])
    for name in pictures:
        assert_is_the_picture(made_by(scripts[name], tmp_path, monkeypatch), spec_of(app))


def assert_is_the_picture(figure, spec):
    """Areas of the regions, points and their predictions are those that the page counts."""
    scene, state = scene_of(spec), spec.picture()
    left, right, low, high = scene.window
    titles = [note.text for note in figure.layout.annotations]
    assert len(titles) == len(state.rules)
    points = points_at(scene, state.ratio, state.spread, state.s)
    labels = scene.labels[: len(points)]
    for title, rule in zip(titles, state.rules, strict=True):
        reading = read_rule(scene, state, rule)
        traces = [trace for trace in figure.data if trace.meta == title]
        regions = {trace.name: trace for trace in traces if trace.fill}
        for k, name in enumerate(scene.class_names):
            region = regions.get(f"Region of {name}")
            share = 0 if region is None else shoelace(region) / ((right - left) * (high - low))
            assert share == pytest.approx(reading.shares[k], abs=1e-9)
            drawn = [trace for trace in traces if trace.name == name]
            own = labels == k
            assert len(drawn) == own.any()
            for trace in drawn:
                np.testing.assert_allclose(np.c_[trace.x, trace.y], points[own], atol=1e-6)
                predicted = [scene.class_names[p] for p in reading.predictions[: len(points)][own]]
                assert list(trace.customdata) == predicted


def shoelace(region):
    """Area of polygons with gaps between them."""
    x, y = (np.asarray(values, dtype=float) for values in (region.x, region.y))
    products = x[:-1] * y[1:] - x[1:] * y[:-1]
    return np.nansum(products) / 2
