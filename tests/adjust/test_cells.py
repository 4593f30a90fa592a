import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adjust.cells import decision_cells
from app.adjust.polygons import area
from app.errors import UserError
from app.theory import simplex_etf

SQUARE = (-3.0, 3.0, -3.0, 3.0)


def inside(polygon, points, slack=0.0):
    """Which points lie in a convex counter-clockwise polygon, by the side of every edge."""
    if len(polygon) == 0:
        return np.zeros(len(points), dtype=bool)
    edge = np.roll(polygon, -1, axis=0) - polygon
    edge = edge / np.linalg.norm(edge, axis=1, keepdims=True)
    gap = points[:, None] - polygon
    return (edge[:, 0] * gap[..., 1] - edge[:, 1] * gap[..., 0] >= -slack).all(axis=1)


def opening(cell):
    """Degrees at the origin between the two edges of a cone that end there."""
    angles = np.sort(np.arctan2(*cell[np.linalg.norm(cell, axis=1) > 1e-9].T[::-1]))
    return 360 - np.degrees(np.diff(angles, append=angles[0] + 2 * np.pi).max())


def noisy_circle(num_classes, seed=0):
    angle = 2 * np.pi * np.arange(num_classes) / num_classes + 0.3
    length = 1 + 0.3 * np.random.default_rng(seed).random(num_classes)
    return length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def multiplicative(counts, gamma):
    counts = np.asarray(counts, dtype=float)
    return (counts / counts.max()) ** -gamma


finite = st.floats(-10, 10)


@st.composite
def affine_rules(draw):
    num_classes = draw(st.integers(1, 12))
    size = {"min_size": num_classes, "max_size": num_classes}
    weights = draw(st.lists(st.tuples(finite, finite), **size))
    bias, offset = (draw(st.lists(finite, **size)) for _ in range(2))
    exponents = draw(st.lists(st.floats(-6, 6), **size))
    return np.array(weights), np.array(bias), 10.0 ** np.array(exponents), np.array(offset)


windows = st.tuples(
    st.floats(-100, 100), st.floats(0.01, 100), st.floats(-100, 100), st.floats(0.01, 100)
).map(lambda w: (w[0], w[0] + w[1], w[2], w[2] + w[3]))


@settings(max_examples=150, deadline=None)
@given(rule=affine_rules(), window=windows, seed=st.integers(0, 2**32 - 1))
def test_cells_fill_the_window_and_hold_the_largest_score(rule, window, seed):
    weights, bias, scale, offset = rule
    cells = decision_cells(*rule, window)
    x_low, x_high, y_low, y_high = window
    whole = (x_high - x_low) * (y_high - y_low)
    assert sum(map(area, cells)) == pytest.approx(whole, rel=1e-9)
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.uniform(x_low, x_high, 200), rng.uniform(y_low, y_high, 200)])
    scores = scale * (points @ weights.T + bias) + offset
    size = (scale * (np.abs(points) @ np.abs(weights).T + np.abs(bias)) + np.abs(offset)) + 1e-300
    for k, cell in enumerate(cells):
        assert (cell >= [x_low, y_low]).all()
        assert (cell <= [x_high, y_high]).all()
        held = inside(cell, points)
        behind = scores[held] - scores[held][:, [k]]
        assert (behind <= 1e-11 * (size[held] + size[held][:, [k]])).all()


@pytest.mark.parametrize("num_classes", [3, 5, 8, 100])
@pytest.mark.parametrize("gamma", [0, 0.3, 1.5])
@pytest.mark.parametrize("rule", ["mla", "mla with bias", "weights only", "ala"])
def test_membership_is_the_argmax(num_classes, gamma, rule):
    rng = np.random.default_rng(num_classes)
    weights = noisy_circle(num_classes)
    counts = 500 * 0.01 ** np.linspace(0, 1, num_classes)
    bias = 0.2 * rng.normal(size=num_classes)
    scale, log_counts = multiplicative(counts, gamma), np.log(counts)
    arguments = {
        "mla": (0, scale, 0),
        "mla with bias": (bias, scale, 0),
        "weights only": (0, scale, bias),
        "ala": (bias, 1, -gamma * log_counts),
    }[rule]
    cells = decision_cells(weights, *arguments, SQUARE)
    points = rng.uniform(-3, 3, size=(1000, 2))
    winner = (arguments[1] * (points @ weights.T + arguments[0]) + arguments[2]).argmax(axis=1)
    held = np.array([inside(cell, points) for cell in cells])
    np.testing.assert_array_equal(held.argmax(axis=0), winner)
    np.testing.assert_array_equal(held.sum(axis=0), 1)


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [(0, (120, 120, 120)), (0.5, (78, 120, 162)), (1, (65, 120, 175)), (9, (60, 120, 180))],
)
def test_openings_of_the_three_class_frame(gamma, expected):
    """Multiplication never opens a cell past 180 degrees nor closes it below 60."""
    scale = multiplicative([1000, 100, 10], gamma)
    cells = decision_cells(simplex_etf(3, 2), 0, scale, 0, SQUARE)
    np.testing.assert_allclose([opening(cell) for cell in cells], expected, atol=0.25)


def test_tau_of_the_additive_rule_is_pure_zoom():
    weights, log_counts = noisy_circle(6), np.log(500 * 0.01 ** np.linspace(0, 1, 6))
    once = decision_cells(weights, 0, 1, -log_counts, SQUARE)
    for tau in (0.25, 2.0, 7.0):
        zoomed = decision_cells(weights, 0, 1, -tau * log_counts, tau * np.array(SQUARE))
        for cell, larger in zip(once, zoomed, strict=True):
            np.testing.assert_allclose(larger, tau * cell, atol=1e-12 * tau)


def test_the_rarest_class_owns_the_origin_under_the_additive_rule():
    cells = decision_cells(simplex_etf(3, 2), 0, 1, -np.log([1000, 100, 10]), SQUARE)
    assert inside(cells[2], np.zeros((1, 2)))[0]


def test_multiplication_can_delete_the_cells_of_head_classes():
    """A class has a cell just if its scaled weight is a corner of the convex hull of all."""
    weights, counts = noisy_circle(8, seed=0), 500 * 0.01 ** np.linspace(0, 1, 8)
    kept = []
    for gamma in (0, 1.0):
        cells = decision_cells(weights, 0, multiplicative(counts, gamma), 0, SQUARE)
        kept.append([k for k, cell in enumerate(cells) if len(cell)])
        assert all(cell.shape == (0, 2) for k, cell in enumerate(cells) if k not in kept[-1])
        directions = np.linspace(0, 2 * np.pi, 100_000)
        around = np.stack([np.cos(directions), np.sin(directions)], axis=1)
        reached = (around @ weights.T * multiplicative(counts, gamma)).argmax(axis=1)
        assert kept[-1] == np.unique(reached).tolist()
    assert len(kept[0]) == 8
    assert 0 not in kept[1]


def test_no_cell_of_the_frame_is_ever_deleted():
    scale = multiplicative([10_000, 100, 1], 3.0)
    cells = decision_cells(simplex_etf(3, 2), 0, scale, 0, SQUARE)
    assert all(len(cell) for cell in cells)


def test_equal_classes_give_the_cell_to_the_first():
    weights = np.array([[0, 1], [1, 0], [1, 0], [1 + 2e-16, 0], [0, 1]])
    cells = decision_cells(weights, 0.3, 1, 0, SQUARE)
    assert [len(cell) for cell in cells] == [3, 3, 0, 0, 0]
    constant = decision_cells(np.zeros((3, 2)), 0, 1, [1, 2, 2], SQUARE)
    assert [len(cell) for cell in constant] == [0, 4, 0]


def test_one_class_owns_the_window():
    np.testing.assert_array_equal(
        decision_cells([[1, 2]], 0, 1, 0, (0, 0.1, -7, 9))[0],
        [[0, -7], [0.1, -7], [0.1, 9], [0, 9]],
    )


@pytest.mark.parametrize("window", [(1e6, 1e6 + 1, -1e6, 1 - 1e6), (-1e-9, 1e-9, -1e3, 1e3)])
def test_far_and_thin_windows_are_filled(window):
    cells = decision_cells(noisy_circle(9), 0.1 * np.arange(9), 1, 0, window)
    whole = (window[1] - window[0]) * (window[3] - window[2])
    assert sum(map(area, cells)) == pytest.approx(whole, rel=1e-9)


def test_scales_may_lie_far_apart():
    cells = decision_cells(simplex_etf(3, 2), 0, [1, 1e100, 1e200], 0, SQUARE)
    assert sum(map(area, cells)) == pytest.approx(36)
    assert opening(cells[2]) == pytest.approx(180)


def test_cells_are_counter_clockwise_and_convex():
    for cell in decision_cells(noisy_circle(30), 0, 1, 0, SQUARE):
        if len(cell):
            assert area(cell) > 0
            assert inside(cell, cell.mean(axis=0)[None])[0]
            assert inside(cell, cell, slack=1e-12).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"weights": [[1, 2, 3]]}, "weights"),
        ({"weights": np.zeros((0, 2))}, "weights"),
        ({"weights": np.zeros((1001, 2))}, "weights"),
        ({"weights": [[np.nan, 0], [1, 0]]}, "weights"),
        ({"bias": [1, 2, 3]}, "bias"),
        ({"scale": [1, 0]}, "scale"),
        ({"scale": -1}, "scale"),
        ({"offset": [np.inf, 0]}, "offset"),
        ({"window": (1, 1, 0, 2)}, "window"),
        ({"window": (0, 1, 0)}, "window"),
        ({"window": (0, np.inf, 0, 1)}, "window"),
        ({"weights": [[1e308, 0], [0, 1]], "scale": 1e10}, "finite within the window"),
        ({"scale": "large"}, "scale"),
    ],
)
def test_bad_arguments_are_named(change, name):
    good = {"weights": np.eye(2), "bias": 0, "scale": 1, "offset": 0, "window": SQUARE}
    with pytest.raises(UserError, match=name):
        decision_cells(**{**good, **change})


@pytest.mark.parametrize("num_classes", [10, 100])
def test_speed(benchmark, num_classes):
    counts = 500 * 0.01 ** np.linspace(0, 1, num_classes)
    scale = multiplicative(counts, 0.5)
    benchmark(decision_cells, noisy_circle(num_classes), 0, scale, 0, SQUARE)
