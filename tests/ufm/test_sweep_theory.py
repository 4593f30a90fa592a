"""Grids of models against closed forms and published numbers."""

import re

import numpy as np
import pytest

from app.losses import class_temperatures, loss_form
from app.theory import minority_collapse_ratio, phases, step_optimum, step_problem
from app.ufm.solve import solve
from app.ufm.sweep import SweepSpec
from app.ufm.sweep_findings import measured_phases
from app.ufm.sweep_theory import PHASES, plain_border
from tests.ufm.sweeps import border_of, said, sweep_theory, swept


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
