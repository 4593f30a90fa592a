import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adjust.adjusters import ADJUSTERS
from app.adjust.curve import Bootstrap, Curve, Optimum
from app.figures.curves import alt_text, curves_figure, drawn_steps
from app.figures.style import ADJUSTER_COLORS, ADJUSTER_DASHES, enlarged
from app.tune.curves import TunedCurve

BOUNDS = (0.0, 3.0)
COLUMNS = 600


def random_curve(steps, seed=0, bounds=BOUNDS):
    rng = np.random.default_rng(seed)
    x = np.concatenate([[bounds[0]], np.sort(rng.uniform(*bounds, steps - 1))])
    return Curve(x, rng.uniform(size=steps))


def tuned(name, steps=50, value=0.5, groups=()):
    rng = np.random.default_rng(1)
    grid = np.linspace(*BOUNDS, 11)
    bootstrap = Bootstrap(
        rng.uniform(0.3, 0.8, 20), rng.uniform(size=20), grid, rng.uniform(size=(20, 11))
    )
    return TunedCurve(
        name,
        random_curve(steps),
        Optimum(value, value - 0.1, value + 0.1, 0.75),
        bootstrap,
        {group: random_curve(steps, seed) for seed, group in enumerate(groups)},
    )


def figure_of(curves, focus="mla", raw=0.6):
    return curves_figure(curves, BOUNDS, raw, "Balanced accuracy", focus)


@pytest.mark.parametrize("steps", [1, 2, 100, 2000])
def test_few_steps_are_all_drawn(steps):
    curve = random_curve(steps)
    drawn = drawn_steps(curve, BOUNDS)
    np.testing.assert_array_equal(drawn.breakpoints, np.append(curve.breakpoints, BOUNDS[1]))
    np.testing.assert_array_equal(drawn.values, np.append(curve.values, curve.values[-1]))


@pytest.mark.parametrize("bounds", [(0.0, 3.0), (-2.0, 5.0)])
@pytest.mark.parametrize("steps", [2001, 20_000])
def test_of_many_steps_every_column_keeps_its_extremes(steps, bounds):
    curve = random_curve(steps, bounds=bounds)
    drawn = drawn_steps(curve, bounds)
    assert drawn.breakpoints.size <= 3 * COLUMNS + 3
    assert set(zip(*drawn, strict=True)) <= {
        *zip(*curve, strict=True),
        (bounds[1], curve.values[-1]),
    }
    edges = np.linspace(*bounds, COLUMNS + 1)
    for left, right in itertools.pairwise(edges):
        exact, shown = (_inside(c, left, right) for c in (curve, drawn))
        assert (shown.min(), shown.max()) == (exact.min(), exact.max())


def _inside(curve, left, right):
    """Values a curve takes from one edge of a column to just before the next."""
    within = (curve.breakpoints > left) & (curve.breakpoints < right)
    return np.append(curve.at(left), curve.values[within])


@given(st.integers(2001, 4000), st.integers(0, 2**20))
def test_the_drawn_curve_is_exact_at_every_column_edge(steps, seed):
    rng = np.random.default_rng(seed)
    # Many steps in few columns, none in others.
    x = np.concatenate([[0.0], np.sort(rng.beta(0.1, 0.1, steps - 1) * 3)])
    curve = Curve(np.unique(x), rng.uniform(size=np.unique(x).size))
    edges = np.linspace(*BOUNDS, COLUMNS + 1)[:-1]
    np.testing.assert_array_equal(drawn_steps(curve, BOUNDS).at(edges), curve.at(edges))


def test_each_curve_has_one_optimum_marker_at_its_place():
    curves = [tuned("mla", value=0.4), tuned("ala", value=0.9), tuned("1vs1", value=1.4)]
    markers = [t for t in figure_of(curves).data if t.mode == "markers"]
    assert [t.x[0] for t in markers] == [0.4, 0.9, 1.4]
    assert [t.y[0] for t in markers] == [0.75] * 3
    assert all(len(t.x) == 1 for t in markers)
    assert [t.marker.color for t in markers] == [ADJUSTER_COLORS[c.name] for c in curves]


def test_whiskers_span_the_bootstrap_interval():
    curve = tuned("mla", value=0.5)
    (marker,) = (t for t in figure_of([curve]).data if t.mode == "markers")
    low, high = curve.bootstrap.interval()
    assert marker.x[0] - marker.error_x.arrayminus[0] == pytest.approx(low)
    assert marker.x[0] + marker.error_x.array[0] == pytest.approx(high)


def test_an_optimum_outside_its_bootstrap_interval_has_no_backward_whisker():
    (marker,) = (t for t in figure_of([tuned("mla", value=2.5)]).data if t.mode == "markers")
    assert marker.error_x.array[0] == 0
    assert marker.error_x.arrayminus[0] > 0


@pytest.mark.parametrize(("focus", "bands"), [("mla", 1), ("ala", 1), ("vs", 0)])
def test_only_the_curve_in_focus_has_a_band(focus, bands):
    figure = figure_of([tuned("mla"), tuned("ala")], focus)
    assert sum(t.fill == "toself" for t in figure.data) == bands


def test_groups_are_drawn_beside_their_curve():
    names = [t.name for t in figure_of([tuned("mla", groups=("many", "few")), tuned("ala")]).data]
    assert sum(name.startswith(("Many", "Few")) for name in names) == 2
    assert not any(name.startswith("Medium") for name in names)


def test_curves_are_told_apart_by_colour_and_dash():
    shown = [n for n in ADJUSTERS if n not in ("raw", "temperature")]
    assert len({ADJUSTER_COLORS[n] for n in shown}) == len(shown)
    assert len({(ADJUSTER_COLORS[n], ADJUSTER_DASHES[n]) for n in ADJUSTERS}) >= len(shown) + 1


def test_without_adjusters_raw_alone_is_drawn():
    (raw,) = figure_of([]).data
    assert list(raw.y) == [0.6, 0.6]
    assert alt_text([], 0.6, "Accuracy") == "Accuracy on the tuning data: raw 60.0%."


def test_an_undefined_raw_value_is_not_available():
    figure = figure_of([], raw=float("nan"))
    assert figure.data[0].name == "Raw logits n/a"
    assert "nan" not in alt_text([], float("nan"), "Few")
    assert "NaN" not in figure.to_json()


def test_the_alternative_text_says_where_each_curve_peaks():
    text = alt_text([tuned("mla", value=0.5), tuned("tau-norm", value=1.25)], 0.6, "Many")
    assert text == (
        "Many on the tuning data: raw 60.0%; MLA peaks at 75.0% for 0.50; "
        "tau-norm peaks at 75.0% for 1.25."
    )


def test_a_figure_of_very_long_curves_stays_small():
    curves = [
        tuned(n, steps=100_000, groups=("many", "medium", "few")) for n in ("mla", "ala", "1vs1")
    ]
    text = figure_of([curves[0], *(replace(c, groups={}) for c in curves[1:])]).to_json()
    assert len(text) < 2_000_000
    json.loads(text)


def test_the_projected_figure_is_larger_and_the_first_stays_as_it_was():
    figure = figure_of([tuned("mla")])
    before = figure.to_json()
    large = enlarged(figure)
    assert large.layout.height > figure.layout.height
    assert large.layout.font.size > 14
    assert figure.to_json() == before
