"""Charts of multiple centers draw the numbers they are given, and say the takeaway."""

import math

import numpy as np
import pytest

from app.centers import RULE_WORDS, ratio_sweep, theta_sweep
from app.centers.toy import plane_regions, triangle
from app.figures import centers_frame, centers_regions, centers_rules, centers_sweep
from app.theory import center_frame

NAMES = ["head", "middle", "tail"]


def arrow_tips(figure):
    return {(round(a.x, 6), round(a.y, 6)) for a in figure.layout.annotations if a.showarrow}


@pytest.mark.parametrize(("f", "theta"), [(1, 0.2), (6, 0.2), (6, 0.0), (6, math.pi / 2)])
def test_the_frame_is_drawn_to_scale(f, theta):
    figure = centers_frame.frame_figure(f, theta, 1, 3)
    frame = center_frame([1, f, 2], theta, seed=4)
    own, w = frame.owners == 1, frame.classifier[1]
    tips = arrow_tips(figure)
    center = frame.centers[own][0]
    assert (round(float(center @ frame.arms[own][0]), 6), round(float(center @ w), 6)) in tips
    along = frame.arms[own].sum(axis=0) / math.sqrt(f)
    for vector in (center, frame.directions[1]) if f > 1 else (center,):
        assert (round(float(vector @ along), 6), round(float(vector @ w), 6)) in tips
    degrees = math.degrees(math.acos(min(1.0, frame.cos_rho[1])))
    assert f"{degrees:.0f} degrees from the class vector" in centers_frame.alt_text(f, theta)


def test_margins_show_measured_over_theory():
    theory, measured = np.array([0.2, 0.3, 0.44]), np.array([0.21, 0.3, 0.45])
    figure = centers_rules.margins_figure(measured, theory, np.array([1, 2, 6]), NAMES)
    np.testing.assert_array_equal(figure.data[0].y, theory)
    np.testing.assert_array_equal(figure.data[1].y, measured)
    assert len(centers_rules.margins_figure(None, theory, np.array([1, 2, 6]), NAMES).data) == 1
    assert "from 0.20 for head to 0.44 for tail" in centers_rules.margins_alt(theory, NAMES)


def test_accuracies_show_means_and_intervals():
    random = np.random.default_rng(0)
    measured = {rule: random.uniform(0.4, 0.9, (5, 3)) for rule in RULE_WORDS}
    exact = {rule: np.full(3, 0.5) for rule in RULE_WORDS}
    figure = centers_rules.accuracy_figure(measured, exact, NAMES)
    drawn = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.name for trace in drawn] == list(RULE_WORDS.values())
    np.testing.assert_allclose(drawn[2].y, measured["gcr"].mean(axis=0))
    spread = 2.7764451052 * measured["gcr"].std(axis=0, ddof=1) / math.sqrt(5)
    np.testing.assert_allclose(drawn[2].error_y.array, spread)
    assert len(centers_rules.accuracy_figure(measured, None, NAMES).data) == 4
    assert f"{measured['ncc'].mean():.1%}" in centers_rules.accuracy_alt(measured, 0.3)


def test_strategies_stand_side_by_side_and_the_chosen_is_full():
    measured = {rule: np.full((5, 3), 0.5) for rule in RULE_WORDS}
    figure = centers_rules.strategies_figure({"A": measured, "B": measured}, "B")
    symbols = {trace.name: trace.marker.symbol for trace in figure.data}
    assert symbols["A"].endswith("-open")
    assert not symbols["B"].endswith("-open")


def test_sweeps_show_the_difference_to_one_center():
    counts = np.array([50, 9, 2])
    sweep = theta_sweep(counts, [0.2, 0.9], [2, 5], "cal", "rcr", 0.4)
    figure = centers_sweep.theta_figure(sweep, "mean")
    values, baseline = sweep.seen("mean")
    np.testing.assert_allclose(figure.data[0].z, values - baseline)
    assert "better than that in 0% of the map" in centers_sweep.theta_alt(sweep, "mean")
    assert centers_sweep.theta_alt(sweep, "last").startswith("Accuracy of the last class")
    over = ratio_sweep((3, 50, "exponential", 0.5), [1, 20], [0.2], ("cal", 3), "rcr", 0.4)
    figure = centers_sweep.ratio_figure(over, "last")
    np.testing.assert_allclose(figure.data[1].y, over.accuracies[0, :, -1])
    assert "theta 0.20 from" in centers_sweep.ratio_alt(over, "last")


def test_regions_of_the_rules_in_a_plane():
    frame, counts = center_frame([1, 2, 6], 0.2, seed=2), np.array([100, 22, 5])
    places, regions = plane_regions(frame, counts, (0, 2), 1.0, 41)
    column = np.searchsorted(places, 0.5)
    border = {"rcr": frame.cos_rho, "gcr": frame.cos_alpha, "ncc": np.ones(3)}
    for rule, scale in border.items():
        # Along x = 0.5 the border is where both scores are equal.
        height = places[column] * scale[0] / scale[2]
        wins = places > height + 1e-6
        np.testing.assert_array_equal(regions[rule][wins, column], 2)
        between = (places < height - 1e-6) & (places > 1e-6)
        np.testing.assert_array_equal(regions[rule][between, column], 0)
    words = centers_regions.regions_alt(regions, (0, 2), NAMES)
    assert words.startswith("Of the quadrant between the mean directions of head and tail")
    figure = centers_regions.regions_figure(places, regions, (0, 2), NAMES)
    assert len(figure.data) == 2 * len(RULE_WORDS)
    np.testing.assert_array_equal(figure.data[0].z, regions["rcr"])


def test_ties_belong_to_nobody():
    frame = center_frame([1, 2, 2], 0.0, seed=2)
    _, regions = plane_regions(frame, np.array([3, 2, 1]), (0, 2), 1.0, 11)
    assert (regions["rcr"] == -1).all()


@pytest.mark.parametrize(
    ("owners", "shares"), [((0, 1, 2), [1 / 3] * 3), ((0, 1, 1), [1 / 3, 2 / 3])]
)
def test_the_triangle_is_split_by_ownership(owners, shares):
    toy = triangle(owners, points=20_000)
    np.testing.assert_allclose(toy.shares, shares)
    np.testing.assert_allclose(toy.guessed, shares, atol=0.012)
    figure = centers_regions.triangle_figure({"toy": toy})
    assert len(figure.data) == 5
    assert "toy: 3" in figure.layout.annotations[0].text
