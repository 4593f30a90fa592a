import json

import numpy as np
import pytest

from app.errors import UserError
from app.figures.angles import alt_text, angle_curves, angle_figure

SETTINGS = {"num_classes": 10, "gamma": 0.5, "tau": 1.0, "feature_norm": 3.0, "gamma_1vs1": 0.5}


def trace(figure, start):
    return next(t for t in figure.data if t.name.startswith(start))


def scores_meet(angle, psi, ratio, norm, gamma=0.0, tau=0.0):
    """Lead of class i over class j at an angle (degrees), for n_i = 1 and n_j = ratio."""
    a, psi = np.deg2rad([angle, psi])
    return norm * np.cos(a) - (norm * np.cos(psi - a) * ratio**-gamma - tau * np.log(ratio))


def test_curves_are_where_scores_meet():
    figure = angle_figure(**SETTINGS)
    psi = np.degrees(np.arccos(-1 / 9))
    for name, strength in (("MLA", {"gamma": 0.5}), ("ALA", {"tau": 1.0})):
        line = trace(figure, name)
        drawn = [(x, y) for x, y in zip(line.x, line.y, strict=True) if np.isfinite(y)]
        assert len(drawn) > 100
        for ratio, angle in drawn:
            assert scores_meet(angle, psi, ratio, 3.0, **strength) == pytest.approx(0, abs=1e-4)
    pairwise = trace(figure, "1vs1")
    share = np.sqrt(pairwise.x) / (1 + np.sqrt(pairwise.x))
    np.testing.assert_allclose(pairwise.y, psi * share, atol=1e-3)
    best = trace(figure, "Small-noise")
    floor = psi - 90
    sine = np.degrees(np.arctan2(np.sqrt(best.x) * np.sqrt(80) / 9, 1 - np.sqrt(best.x) / 9))
    np.testing.assert_allclose(best.y, np.clip(sine, floor, 90), atol=1e-3)


def test_ala_has_a_gap_exactly_where_no_boundary_exists():
    line = trace(angle_figure(**SETTINGS), "ALA")
    reach = np.sqrt(2 * (1 + 1 / 9)) * 3.0  # 2 H sin(psi / 2), the largest lead of one class
    for ratio, angle in zip(line.x, line.y, strict=True):
        assert np.isnan(angle) == (abs(np.log(ratio)) > reach), ratio
    assert np.isnan(line.y).any()
    assert np.isfinite(trace(angle_figure(**{**SETTINGS, "feature_norm": 9.0}), "ALA").y).all()
    assert "NaN" not in angle_figure(**SETTINGS).to_json()


def test_only_ala_depends_on_the_feature_norm():
    near, far = (angle_curves(10, 0.5, 1.0, norm, 0.5) for norm in (5.0, 20.0))
    for rule in ("mla", "pairwise", "optimum"):
        np.testing.assert_array_equal(getattr(near, rule), getattr(far, rule))
    assert np.nanmax(np.abs(near.ala - far.ala)) > 20


def test_floor_is_drawn_and_no_curve_of_mla_goes_below():
    figure = angle_figure(**{**SETTINGS, "gamma": 4.0})
    assert min(trace(figure, "MLA").y) == pytest.approx(6.379, abs=1e-3)
    assert figure.layout.shapes[0].y0 == pytest.approx(6.379, abs=1e-3)
    assert "6.4°" in figure.layout.annotations[0].text


def test_the_pair_is_marked_on_every_curve():
    figure = angle_figure(**SETTINGS, pair_ratio=20.0, pair_label="a <b>&c</b>")
    mark = trace(figure, "chosen")
    assert set(mark.x) == {20.0}
    for y, name in zip(mark.y, ("Small", "1vs1", "ALA", "MLA"), strict=True):
        line = trace(figure, name)
        near = np.interp(np.log(20), np.log(line.x), np.array(line.y, float))
        assert y == pytest.approx(near, abs=0.02)
    assert figure.layout.annotations[-1].text == "a ‹b›＆c‹/b›"
    assert len(trace(angle_figure(**SETTINGS, pair_ratio=1000.0), "chosen").x) == 3  # no ALA


def test_two_classes_stay_half_way():
    curves = angle_curves(2, 2.0, 1.0, 3.0, 2.0)
    for rule in ("mla", "pairwise", "optimum"):
        np.testing.assert_allclose(getattr(curves, rule), 90)


def test_alt_text_names_the_angles():
    text = alt_text(**SETTINGS)
    assert "MLA 84.4 degrees" in text  # arctan((10 + 1/9) / sqrt(80/81))
    assert "1vs1adjuster 87.6 degrees" in text  # 96.38 * 10 / 11
    assert "never cuts closer than 6.4 degrees" in text
    assert "no boundary at all" in alt_text(**SETTINGS, pair_ratio=1000.0)


@pytest.mark.parametrize("num_classes", [2, 3, 100, 1000])
def test_figure_is_small_json(num_classes):
    text = angle_figure(**{**SETTINGS, "num_classes": num_classes}, pair_ratio=0.1).to_json()
    json.loads(text)
    assert len(text) < 60_000


@pytest.mark.parametrize(
    ("change", "name"),
    [({"num_classes": 1}, "num_classes"), ({"feature_norm": 0}, "feature_norm")],
)
def test_bad_arguments_are_named(change, name):
    with pytest.raises(UserError, match=name):
        angle_figure(**{**SETTINGS, **change})
