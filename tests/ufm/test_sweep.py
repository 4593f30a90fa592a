"""Grids of models against closed forms, single solutions and published numbers."""

import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.losses import class_temperatures, loss_form
from app.runs import Runner, RunStore, collect
from app.runs.presets import presets
from app.spec import bounds, options, plain_type
from app.theory import minority_collapse_ratio, phases, step_optimum, step_problem
from app.ufm.solve import solve
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_findings import agreement, as_theory_sees, findings, measured_phases
from app.ufm.sweep_measure import measure
from app.ufm.sweep_theory import PHASES, plain_border
from app.ufm.sweep_theory import sweep_theory as uncached_theory

SMALL = {"size": 12}
FIELDS = (
    "minority_distance",
    "minority_norm",
    "logit_size",
    "rank",
    "objective",
    "lower_bound",
    "certificate_ratio",
    "accuracy",
)
sweep_theory = cache(uncached_theory)
PRESETS = {preset.name: preset.spec for preset in presets(SweepSpec)}


@cache
def swept(**fields):
    spec = SweepSpec(**SMALL | fields)
    return spec, collect(spec, run_sweep(spec))


def border_of(spec, run):
    """Measured border and the sizes of the samples in its columns."""
    border = run.arrays["border"]
    crossed = np.isfinite(border)
    assert crossed.sum() >= 4
    return border[crossed], spec.counts[crossed]


def said(spec, run):
    return " ".join(findings(spec, run.arrays, sweep_theory(spec)))


# The engine.


@pytest.mark.parametrize("fields", [{}, {"profile": "exponential"}, {"relu": True}])
def test_every_level_holds_the_cells_of_the_whole_grid(fields):
    spec = SweepSpec(size=10, **fields)
    snapshots = list(run_sweep(spec))
    cells = [spec.cell(r, c) for r in range(10) for c in range(spec.ratios.size)]
    whole = measure(cells, spec.num_minority)
    known = np.zeros((10, spec.ratios.size), dtype=bool)
    for stride, snapshot in zip((4, 2, 1), snapshots, strict=True):
        known[::stride, ::stride] = True
        assert snapshot.step == snapshot.metrics["cells"] == known.sum()
        for name in FIELDS:
            expected = np.where(known, whole[name].reshape(known.shape), np.nan)
            np.testing.assert_allclose(snapshot.arrays[name], expected, rtol=1e-6, atol=1e-6)
    assert snapshots[-1].step == spec.steps


def test_large_grids_can_be_stopped_within_a_level():
    spec = SweepSpec(size=30, classes=3, minority_fraction=0.67)
    steps = np.array([snapshot.step for snapshot in run_sweep(spec)])
    assert np.diff(steps, prepend=0).max() <= 400
    assert steps[-1] == spec.steps


def test_cells_are_the_models_that_solve_finds():
    spec, run = swept(size=5, loss="vs", gamma=0.3, tau=0.5, dim=9)
    for row, column in ((0, 0), (3, 1), (4, 4)):
        model = spec.cell(row, column)
        assert model.counts[0] / model.counts[-1] == spec.ratios[column]
        assert model.weight_decay == model.feature_decay == spec.decays[row]
        found = solve(model)
        assert run.arrays["objective"][row, column] == pytest.approx(found.metrics["objective"])
        Z = found.arrays["logits"]
        assert run.arrays["logit_size"][row, column] == pytest.approx(np.abs(Z).max(), abs=1e-6)
        right = (np.argmax(Z, axis=0) == np.arange(10)) & (np.diag(Z) > 1e-4)
        assert run.arrays["accuracy"][row, column] <= right.mean()


def test_a_merged_minority_is_not_recognised():
    _, run = swept()
    found = measured_phases(run.arrays)
    assert set(np.unique(found)) == {0, 1, 2, 3}
    accuracy, rank = run.arrays["accuracy"], run.arrays["rank"]
    assert (accuracy[found == 0] == 1).all()
    assert (accuracy[np.isin(found, (1, 2))] == 0.5).all()
    assert (accuracy[found == 3] == 0).all()
    # The four blocks of the optimum: contrasts of both groups, and the cross mode.
    for phase, expected in enumerate((9, 5, 4, 0)):
        assert (rank[found == phase] == expected).all()


def test_columns_have_whole_counts_and_none_twice():
    spec = SweepSpec(tail_count=1, ratio_high=10, size=40)
    np.testing.assert_array_equal(spec.ratios, np.arange(1, 11))
    assert spec.steps == 400
    assert spec.counts.shape == (10, 10)
    assert (spec.counts[:, 5:] == 1).all()
    long = SweepSpec(profile="exponential", tail_count=7, ratio_low=30)
    assert (long.counts[:, -1] == 7).all()
    assert (np.diff(long.counts, axis=1) < 0).all()


def test_a_sweep_runs_in_the_runner_once_and_is_stored(tmp_path):
    spec = SweepSpec(size=5)
    store = RunStore(tmp_path)
    with Runner(store, workers=1) as runner:
        jobs = [runner.submit(spec, run_sweep) for _ in range(2)]
        assert [job.wait(30) for job in jobs] == ["done", "done"]
        assert jobs[0].run is jobs[1].run
    run = store.load(spec.id)
    assert run.spec == spec
    np.testing.assert_array_equal(run.arrays["rank"], jobs[0].run.arrays["rank"])


# Against theory.


@pytest.mark.parametrize(
    ("loss", "minority"),
    [
        ("ce", 0.3),
        ("wce", 0.5),
        ("la", 0.7),
        ("cdt", 0.3),
        ("ldt", 0.5),
        ("vs", 0.7),
        ("ldam", 0.3),
    ],
)
def test_measured_phases_are_those_of_theory_for_every_loss(loss, minority):
    spec, run = swept(loss=loss, minority_fraction=minority, decay_high=0.3)
    theory = sweep_theory(spec)
    np.testing.assert_array_equal(measured_phases(run.arrays), theory.phases)
    assert run.metrics["largest_gap"] < 1e-6
    forms = [loss_form(loss, n, gamma=spec.gamma, tau=spec.tau) for n in spec.counts]
    problem = step_problem(
        spec.counts.astype(float),
        spec.num_minority,
        *(np.stack([getattr(form, name) for form in forms]) for name in FORM),
    )
    decays = spec.decays[:, None]
    words = np.array(["distinct", "merged", "vanished", "collapsed"])
    np.testing.assert_array_equal(
        words[theory.phases], phases(step_optimum(problem, decays, decays))
    )


FORM = ("multipliers", "offsets", "weights")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "la"},
        {"bias": True},
        {"dim": 6},
        {"dim": 4, "minority_fraction": 0.7},
        {"dim": 8, "minority_fraction": 0.3},
    ],
)
def test_the_minority_merges_at_the_root_of_its_count(fields):
    """N lambda = sqrt(n_B), whatever is added to logits; d = K_A + 1 dimensions are enough."""
    spec, run = swept(**fields)
    border, counts = border_of(spec, run)
    np.testing.assert_allclose(border * counts.sum(axis=1), np.sqrt(5), rtol=2e-3)
    majority = spec.classes - spec.num_minority
    theory = minority_collapse_ratio(majority, spec.num_minority, 5, border, border)
    np.testing.assert_allclose(theory, counts[:, 0] / 5, rtol=5e-3)
    assert "The measured border is that of the formula" in said(spec, run)


@pytest.mark.parametrize("loss", ["cdt", "ldt"])
def test_temperatures_merge_the_minority_earlier(loss):
    spec, run = swept(loss=loss, gamma=0.5)
    border, counts = border_of(spec, run)
    tail = np.array([class_temperatures(row, 0.5)[-1] for row in counts])
    np.testing.assert_allclose(border * counts.sum(axis=1), tail * np.sqrt(5), rtol=2e-3)
    assert tail.max() < 1
    assert "the minority is lost earlier" in said(spec, run)


def test_weights_make_the_border_independent_of_the_imbalance():
    spec, run = swept(loss="wce", decay_low=3e-4, decay_high=0.3)
    np.testing.assert_allclose(border_of(spec, run)[0], 1 / (10 * np.sqrt(5)), rtol=2e-3)
    assert "to the power 0.00 (formula: 0.00)" in said(spec, run)
    assert "the minority is lost later" in said(spec, run)


def test_weights_merge_the_majority_first():
    spec = SweepSpec(loss="wce", decay_high=0.3)
    ratios, decays = sweep_theory(spec).curves["majority merges"]
    assert set(sweep_theory(spec).curves) == {"minority merges", "majority merges"}
    column = 12
    border = np.interp(spec.ratios[column], ratios, decays)
    for factor, merged in ((0.97, False), (1.03, True)):
        W = solve(spec.model(factor * border, column)).arrays["classifier"]
        assert (np.abs(W[:5] - W[0]).max() < 1e-5) == merged
        assert np.abs(W[5:] - W[5]).max() > 0.1


def test_relu_loses_the_minority_earlier_by_k_less_one_over_k():
    spec, run = swept(relu=True, classes=4)
    border, counts = border_of(spec, run)
    np.testing.assert_allclose(border * counts.sum(axis=1), np.sqrt(5 * 3 / 4), rtol=2e-3)
    assert re.search(r"lies at 0\.86\d.* times .* of cross-entropy without ReLU", said(spec, run))


@pytest.mark.parametrize(
    ("majority", "minority", "tail", "head", "expected"),
    [(5, 5, 100, 500, 13.8159), (3, 7, 100, 500, 17.8643), (5, 5, 5, 50, 3.5120)],
)
def test_the_cross_mode_vanishes_where_it_should(majority, minority, tail, head, expected):
    spec = SweepSpec(
        classes=10, minority_fraction=minority / 10, tail_count=tail, ratio_high=head / tail
    )
    ratios, decays = sweep_theory(spec).curves["minority at zero"]
    assert ratios[-1] == head / tail
    assert decays[-1] * (majority * head + minority * tail) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("dim", [4, 5])
def test_no_more_dimensions_than_majority_classes_lose_the_minority_earlier(dim):
    spec, run = swept(dim=dim)
    border, counts = border_of(spec, run)
    assert (border * counts.sum(axis=1) < 0.9 * np.sqrt(5)).all()
    text = said(spec, run)
    assert "the minority is lost earlier" in text
    assert "with so few dimensions the bound may be out of reach" in text
    assert "d ≥ K_A + 1" in sweep_theory(spec).statement


@pytest.mark.parametrize("loss", ["ce", "la", "cdt", "wce"])
def test_the_rank_of_a_long_tail_drops_one_class_at_a_time(loss):
    spec, run = swept(profile="exponential", loss=loss, size=30, ratio_low=300, decay_high=0.1)
    rank, theory = run.arrays["rank"], sweep_theory(spec)
    assert np.isin(theory.phases - rank, (0, 1)).all()
    assert np.isnan(run.arrays["border"]).all()
    falling = np.diff(rank, axis=0)
    assert (falling <= 0).all()
    if loss == "ce":
        assert set(rank[:, -1]) == set(range(10))
        assert "rank of the logits goes 9, 8, 7, 6, 5, 4, 3, 2, 1, 0" in said(spec, run)


def test_the_rank_with_relu_is_the_number_of_classes_above_their_threshold():
    spec, run = swept(profile="exponential", relu=True, size=20)
    counts, lam = spec.counts[None].astype(float), spec.decays[:, None, None]
    alive = counts > (counts.sum(axis=-1, keepdims=True) * lam) ** 2 * 10 / 9
    expected = np.minimum(alive.sum(axis=-1), 9)
    np.testing.assert_array_equal(run.arrays["rank"], expected)
    np.testing.assert_array_equal(sweep_theory(spec).phases, alive.sum(axis=-1))


@pytest.mark.parametrize(
    "fields",
    [
        {"relu": True, "bias": True},
        {"relu": True, "loss": "la"},
        {"profile": "exponential", "loss": "ldam"},
        {"loss": "ldam", "bias": True},
    ],
)
def test_nothing_is_claimed_where_no_formula_holds(fields):
    spec, run = swept(**fields, size=5)
    theory = sweep_theory(spec)
    assert not theory.known
    assert not theory.curves
    assert "No formula is known" in theory.statement
    text = said(spec, run)
    assert "agree" not in text
    assert "formula:" not in text


def test_with_a_bias_only_merging_is_claimed():
    theory = sweep_theory(SweepSpec(bias=True))
    assert theory.names == PHASES[:2]
    np.testing.assert_array_equal(np.unique(theory.phases), [0, 1])
    np.testing.assert_allclose(theory.curves["minority merges"], plain_border(SweepSpec()))


# What is said of it.


def test_every_number_that_is_said_comes_from_the_grid():
    spec, run = swept()
    arrays = {name: np.array(values) for name, values in run.arrays.items()}
    theory = sweep_theory(spec)
    assert "In 144 of 144 cells measurement and theory agree." in said(spec, run)
    arrays["minority_distance"][0, 0] = 0.0
    found = agreement(spec, arrays, theory)
    assert (found.agree, found.known, found.at_border) == (143, 144, 0)
    row = int(np.flatnonzero(theory.phases[:, 6])[0])
    arrays["minority_distance"][row, 6] = 0.3
    found = agreement(spec, arrays, theory)
    assert (found.agree, found.at_border) == (142, 1)
    assert "of the others 1 of 2 touch a border" in " ".join(findings(spec, arrays, theory))
    arrays["border"] *= 2
    assert "lies at 2 times the decay of that of the formula" in " ".join(
        findings(spec, arrays, theory)
    )
    arrays["certificate_ratio"][3, 3] = 1.5
    assert "143 of 144 cells are certified optimal" in " ".join(findings(spec, arrays, theory))


def test_what_is_not_computed_yet_is_not_counted():
    spec = SweepSpec(size=8)
    theory, first = sweep_theory(spec), next(run_sweep(spec))
    found = agreement(spec, first.arrays, theory)
    assert found.known == found.agree == 4
    assert (measured_phases(first.arrays) == -1).sum() == 60
    tail = SweepSpec(size=8, profile="exponential")
    first = next(run_sweep(tail))
    assert (as_theory_sees(tail, first.arrays, sweep_theory(tail)) == -1).sum() == 60


def test_a_map_without_border_says_so():
    spec, run = swept(decay_high=1e-4, ratio_high=5)
    assert f"told apart in {spec.steps} of {spec.steps} cells: no border" in said(spec, run)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_show_what_they_promise(name):
    spec = PRESETS[name].model_copy(update={"size": 10})
    run = collect(spec, run_sweep(spec))
    text = said(spec, run)
    expected = {
        "minority-1-ce": "The measured border is that of the formula",
        "minority-2-la": "The measured border is that of cross-entropy without ReLU",
        "minority-3-cdt": "lost earlier",
        "minority-4-ldt": "lost earlier",
        "minority-5-wce": "lost later",
        "minority-6-relu": "lies at 0.86",
        "minority-7-tail": "the rank of the logits goes 9, ",
        "minority-8-six-dimensions": "The measured border is that of the formula",
        "minority-9-four-dimensions": "lost earlier",
    }
    assert expected[name] in text
    if spec.dim >= spec.classes:
        assert f"In {spec.steps} of {spec.steps} cells measurement and theory agree." in text


# Settings.


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ratio_low": 10, "ratio_high": 10}, "ratio_low must be below ratio_high, got 10 and 10"),
        ({"decay_low": 0.1, "decay_high": 0.01}, "decay_low must be below decay_high"),
        ({"minority_fraction": 1.0}, "minority_fraction must leave 2 to 9 small classes of 10"),
        ({"minority_fraction": 0.1}, "got 1"),
        ({"classes": 3, "minority_fraction": 0.9}, "2 to 2 small classes of 3, got 3"),
        ({"tail_count": 1000, "ratio_high": 5000}, "at most 1,000,000, got 5,000,000"),
        ({"tail_count": 1, "ratio_high": 1.2}, "must give different head counts, both give 1"),
        ({"classes": 21}, "less than or equal to 20"),
        ({"size": 41}, "less than or equal to 40"),
        ({"decay_low": 0}, "greater than or equal to 0.00000001"),
        ({"dim": 101}, "less than or equal to 100"),
        ({"loss": "focal"}, "Input should be"),
    ],
)
def test_what_spans_no_grid_is_refused_in_words(fields, reason):
    with pytest.raises(ValidationError) as error:
        SweepSpec(**fields)
    assert reason in str(error.value)


def in_bounds(name):
    field = SweepSpec.model_fields[name]
    kind, (low, high) = plain_type(field.annotation), bounds(field)
    if (allowed := options(kind)) is not None:
        return st.sampled_from(allowed)
    if kind is bool:
        return st.booleans()
    return st.integers(low, high) if kind is int else st.floats(low, high)


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({}, optional={n: in_bounds(n) for n in SweepSpec.model_fields}))
def test_settings_go_through_a_link_and_back(fields):
    try:
        spec = SweepSpec(**fields)
    except ValidationError:
        return
    assert SweepSpec.from_query(spec.to_query()) == (spec, [])
    assert SweepSpec.model_validate_json(spec.model_dump_json()).id == spec.id


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(SweepSpec.model_fields)),
        st.sampled_from(["", "-1", "1e9", "nan", "inf", "0", "<b>", "ce", "1", "ß", "9" * 400]),
    )
)
def test_any_link_gives_settings_that_can_be_computed(query):
    spec, _ = SweepSpec.from_query(query)
    assert spec.steps <= 1600
    assert spec.counts.max() <= 1_000_000
    assert spec.counts.min() >= 1
    assert 2 <= spec.num_minority < spec.classes <= 20
