"""The 1vs1adjuster against Algorithm 1 written out in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.adjust.duel_intervals import duel_intervals
from app.adjust.duels import Duels, count_votes, margin_lines
from app.adjust.exact import exact_path
from app.adjust.pairwise import duel_scores
from app.errors import UserError
from app.longtail import class_counts
from app.theory import simplex_etf
from tests.adjust import brute_force
from tests.adjust.references import without_kernels

BOUNDS = (-0.5, 2.0)
TIES = ["margin", "head"]


def case(num_classes, seed, num_rows=12, *, norms=False, plane=False):
    """Logits, labels, counts, norms and weights (in the plane, of unequal length) or None."""
    rng = np.random.default_rng(seed)
    counts = np.round(np.geomspace(1000, 10, num_classes))[rng.permutation(num_classes)]
    features = rng.normal(size=(num_rows, 2 if plane else num_classes))
    frame = rng.normal(size=(num_classes, 2)) if plane else simplex_etf(num_classes, num_classes)
    logits = features @ frame.T + 0.05 * rng.normal(size=(num_rows, num_classes))
    return (
        logits,
        rng.integers(0, num_classes, num_rows),
        counts,
        rng.uniform(0.3, 3, num_classes) if norms else None,
        frame if plane else None,
    )


CASES = {
    "2 classes": case(2, 1),
    "3 classes": case(3, 2),
    "3 classes, norms": case(3, 3, norms=True),
    "5 classes": case(5, 4),
    "5 classes, plane": case(5, 5, plane=True),
    "5 classes, plane, norms": case(5, 6, plane=True, norms=True),
    "8 classes": case(8, 7, num_rows=6),
}


def plainly(counts, norms, weights):
    """What the plain algorithm needs: lists of counts, norms, angles; and the lengths."""
    K = len(counts)
    if weights is None:
        angles, lengths = np.full((K, K), np.arccos(-1 / (K - 1))), np.ones(K)
    else:
        lengths = np.linalg.norm(weights, axis=1)
        cosines = weights @ weights.T / np.outer(lengths, lengths)
        angles = np.arccos(np.clip(cosines, -1, 1))
    norms = np.ones(K) if norms is None else norms
    return counts.tolist(), norms.tolist(), angles.tolist(), lengths


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("gamma", [-0.5, 0.0, 0.3, 0.5, 1.7])
def test_votes_and_winners_are_those_of_algorithm_1(name, gamma):
    logits, _, counts, norms, weights = CASES[name]
    *plain, lengths = plainly(counts, norms, weights)
    duels = Duels.of(counts, norms, weights)
    rows = (logits / lengths).tolist()
    votes = count_votes(duels.unit_logits(logits), duels.factors(gamma))
    assert votes.tolist() == [brute_force.votes(row, *plain, gamma) for row in rows]
    for ties in TIES:
        winners = duel_scores(logits, duels, gamma, ties).argmax(axis=1)
        wanted = [brute_force.vote_winner(row, *plain, gamma, ties) for row in rows]
        assert winners.tolist() == wanted


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("name", CASES)
def test_paths_are_exact_between_all_turns(name, ties):
    """Every duel's turn found by root finding, the plain vote in the middle of every segment."""
    logits, _, counts, norms, weights = CASES[name]
    *plain, lengths = plainly(counts, norms, weights)
    options = {"weights": weights, "feature_norms": norms, "ties": ties}
    K, everyone = len(counts), np.repeat(logits, len(counts), axis=0)
    labels = np.tile(np.arange(K), len(logits))
    path = exact_path(everyone, labels, counts, "1vs1", bounds=BOUNDS, **options)
    checked = changed = 0
    for i, row in enumerate((logits / lengths).tolist()):
        own = path.sample // K == i
        turns = brute_force.duel_turns(row, *plain, BOUNDS)
        ends = np.concatenate([turns, path.low[own], path.high[own]])
        winners = []
        for gamma in brute_force.midpoints(ends, BOUNDS, width=1e-9):
            winners.append(brute_force.vote_winner(row, *plain, gamma, ties))
            ours = labels[path.correct(gamma) & (np.arange(labels.size) // K == i)]
            assert ours.tolist() == winners[-1:], gamma
        checked += len(winners)
        changed += len(set(winners)) > 1
    assert (checked > len(logits) + 4) == (K > 2)
    assert (changed > 0) == (K > 2)


LOGITS = st.one_of(st.sampled_from([-1.0, -0.0, 0.0, 0.5, 1.0, 2.0]), st.floats(-3, 3, width=16))


@settings(deadline=None, max_examples=150)
@given(st.data(), st.integers(2, 6), st.sampled_from(TIES), st.booleans())
def test_compiled_paths_are_those_of_the_reference(data, num_classes, ties, plane):
    """With equal counts and equal logits, so that duels are drawn."""
    logits = data.draw(arrays(np.float64, (3, num_classes), elements=LOGITS))
    labels = data.draw(arrays(np.int64, 3, elements=st.integers(0, num_classes - 1)))
    counts = data.draw(arrays(np.float64, num_classes, elements=st.sampled_from([1, 9, 9.5, 400])))
    weights = np.random.default_rng(num_classes).normal(size=(num_classes, 2)) if plane else None
    duels = Duels.of(counts, weights=weights)

    def find():
        return duel_intervals(logits, labels, duels, BOUNDS, ties)

    def correct(found, gamma):
        sample, low, high = found
        return np.isin(np.arange(3), sample[(low <= gamma) & (gamma <= high)])

    compiled, reference = find(), without_kernels(find)
    ends = np.concatenate([*compiled[1:], *reference[1:]])
    for gamma in [BOUNDS[0], *brute_force.midpoints(ends, BOUNDS, width=1e-9)]:
        np.testing.assert_array_equal(correct(compiled, gamma), correct(reference, gamma))


@settings(deadline=None, max_examples=150)
@given(st.data(), st.integers(2, 6), st.sampled_from(TIES))
def test_paths_agree_with_the_scores(data, num_classes, ties):
    logits = data.draw(arrays(np.float64, (4, num_classes), elements=LOGITS))
    counts = data.draw(arrays(np.float64, num_classes, elements=st.sampled_from([1, 9, 9.5, 400])))
    labels = data.draw(arrays(np.int64, 4, elements=st.integers(0, num_classes - 1)))
    path = exact_path(logits, labels, counts, "1vs1", bounds=BOUNDS, ties=ties)
    duels = Duels.of(counts)
    ends = np.concatenate([path.low, path.high, np.linspace(*BOUNDS, 20)])
    for gamma in [BOUNDS[0], *brute_force.midpoints(ends, BOUNDS, width=1e-6)]:
        z = duels.unit_logits(logits)
        factors = duels.factors(gamma)
        lead = z[:, :, None] * factors - z[:, None, :] * factors.T
        for_ever = (counts[:, None] == counts) | ((z[:, :, None] == 0) & (z[:, None, :] == 0))
        unsure = ((np.abs(lead) < 1e-12) & ~for_ever).any(axis=(1, 2))
        right = duel_scores(logits, duels, gamma, ties).argmax(axis=1) == labels
        np.testing.assert_array_equal(path.correct(gamma) | unsure, right | unsure)


@pytest.mark.parametrize("gamma", [0.0, 0.4, 1.1])
def test_compiled_votes_are_those_of_the_reference(gamma):
    rng = np.random.default_rng(0)
    logits = rng.integers(-2, 3, size=(40, 7)).astype(np.float64)
    factors = Duels.of(np.round(100 ** rng.random(7))).factors(gamma)
    votes = count_votes(logits, factors)
    np.testing.assert_array_equal(votes, without_kernels(lambda: count_votes(logits, factors)))
    assert votes.sum() < 40 * 21  # Draws give no vote.


def test_two_classes_never_change():
    """Opposite vectors span no plane for a boundary to turn in."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(50, 2)), rng.integers(0, 2, 50)
    path = exact_path(logits, labels, [1000, 5], "1vs1", bounds=(-5, 10))
    np.testing.assert_array_equal(path.sample, np.flatnonzero(logits.argmax(axis=1) == labels))
    assert ((path.low == -5) & (path.high == 10)).all()


@pytest.mark.parametrize("ties", TIES)
def test_circles_of_three_classes_give_several_intervals(ties):
    counts = np.array([1000.0, 100, 10])
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 400)
    features = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    logits = np.repeat(features @ simplex_etf(3, 2).T, 3, axis=0)
    labels = np.tile(np.arange(3), 400)
    path = exact_path(logits, labels, counts, "1vs1", ties=ties)
    pieces = np.bincount(path.sample, minlength=1200)
    assert (pieces > 1).sum() > (20 if ties == "head" else 0)
    assert (path.low <= path.high).all()
    after = path.sample[1:] == path.sample[:-1]
    assert (path.low[1:][after] > path.high[:-1][after]).all()
    duels = Duels.of(counts)
    for gamma in rng.uniform(0, 3, 60):
        # One class wins every row, the one the scores say.
        right = path.correct(gamma).reshape(400, 3)
        assert (right.sum(axis=1) == 1).all()
        winners = duel_scores(logits[::3], duels, gamma, ties).argmax(axis=1)
        np.testing.assert_array_equal(right.argmax(axis=1), winners)


@pytest.mark.parametrize("name", [name for name in CASES if name != "2 classes"])
def test_margins_are_signed_distances_to_the_turn(name):
    """Antisymmetric, positive for the winner of the duel, linear in gamma."""
    logits, _, counts, norms, weights = CASES[name]
    *plain, lengths = plainly(counts, norms, weights)
    duels, K = Duels.of(counts, norms, weights), len(counts)
    members, finite = np.arange(K), 0
    for row in logits / lengths:
        intercept, slope = margin_lines(row, duels, members)
        for gamma in (-0.4, 0.0, 0.6, 1.9):
            margins = intercept + gamma * slope
            off = ~np.eye(K, dtype=bool)
            with np.errstate(invalid="ignore"):
                np.testing.assert_allclose(margins[off], -margins.T[off], rtol=1e-9, atol=1e-9)
            for i, j in zip(*np.nonzero(off), strict=True):
                duel = brute_force.duel(row.tolist(), *plain, gamma, i, j)
                assert (margins[i, j] > 0) == (duel > 0)
                wanted = brute_force.margin(row.tolist(), *plain, gamma, i, j)
                assert margins[i, j] == pytest.approx(wanted, rel=1e-8, abs=1e-8)
                finite += np.isfinite(wanted)
        assert np.isinf(np.diag(intercept)).all()
    assert finite > 20


@pytest.mark.parametrize("ties", TIES)
def test_a_class_that_beats_every_other_is_predicted(ties):
    logits, _, counts, *_ = case(6, 9, num_rows=300)
    duels, found = Duels.of(counts), 0
    for gamma in (0.0, 0.5, 1.0):
        beaten = logits[:, :, None] * duels.factors(gamma) > (
            logits[:, None, :] * duels.factors(gamma).T
        )
        all_of_them = beaten.sum(axis=2) == 5
        rows = all_of_them.any(axis=1)
        scores = duel_scores(logits, duels, gamma, ties)
        np.testing.assert_array_equal(scores[rows].argmax(axis=1), all_of_them[rows].argmax(axis=1))
        found += rows.sum()
    assert 600 < found <= 900


def test_ties_for_the_head_are_those_of_argmax_on_sorted_counts():
    """The authors' code; ties by margin differ from it, in tied rows only."""
    logits = case(5, 10, num_rows=600)[0]
    duels, tied_rows, differing = Duels.of([1000.0, 300, 90, 30, 10]), 0, 0
    for gamma in (0.3, 0.8, 1.5):
        votes = count_votes(duels.unit_logits(logits), duels.factors(gamma))
        head = duel_scores(logits, duels, gamma, "head").argmax(axis=1)
        np.testing.assert_array_equal(head, votes.argmax(axis=1))
        margin = duel_scores(logits, duels, gamma, "margin").argmax(axis=1)
        tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
        np.testing.assert_array_equal(margin[~tied], head[~tied])
        tied_rows += tied.sum()
        differing += (margin != head).sum()
    assert tied_rows > differing > 0


def test_unsorted_counts_settle_ties_for_the_largest_count():
    """Classes renamed: the same predictions under their new names."""
    rng = np.random.default_rng(3)
    logits, labels, counts, *_ = case(5, 11, num_rows=200)
    order = rng.permutation(5)
    for ties in TIES:
        plain = exact_path(logits, labels, counts, "1vs1", ties=ties)
        renamed = exact_path(
            logits[:, order], np.argsort(order)[labels], counts[order], "1vs1", ties=ties
        )
        np.testing.assert_array_equal(plain.sample, renamed.sample)
        np.testing.assert_allclose(plain.low, renamed.low, rtol=1e-10, atol=1e-12)


def test_draws_at_gamma_zero_are_settled_at_zero_only():
    """Equal logits of unequal counts are drawn at 0 and won by the rarer class above."""
    logits, counts = np.array([[1.0, 1.0, -2.0]] * 2), np.array([100.0, 10.0, 5.0])
    for ties in TIES:
        path = exact_path(logits, [0, 1], counts, "1vs1", ties=ties)
        assert path.correct(0.0).tolist() == [True, False]
        assert path.correct(5e-324).tolist() == [False, True]
        assert path.correct(0.2).tolist() == [False, True]


def test_rows_of_zeros_go_to_the_head():
    for ties in TIES:
        path = exact_path(np.zeros((3, 3)), [0, 1, 2], [10, 500, 20], "1vs1", ties=ties)
        assert path.sample.tolist() == [1]
        assert (path.low[0], path.high[0]) == (0.0, 3.0)


def test_centring():
    logits, labels, counts, *_ = case(5, 12, num_rows=100)
    logits = logits + 0.7
    path = exact_path(logits, labels, counts, "1vs1", center=True)
    wanted = exact_path(logits - logits.mean(axis=1, keepdims=True), labels, counts, "1vs1")
    plain = exact_path(logits, labels, counts, "1vs1")
    np.testing.assert_array_equal(path.sample, wanted.sample)
    np.testing.assert_allclose(path.low, wanted.low, atol=1e-12)
    assert (path.correct(0.5) != plain.correct(0.5)).any()


def test_rows_are_cut_into_blocks(monkeypatch):
    logits, labels, counts, *_ = case(5, 13, num_rows=50)
    whole = exact_path(logits, labels, counts, "1vs1")
    monkeypatch.setattr("app.adjust.intervals._BLOCK_BYTES", 8 * 5 * 7)
    cut = exact_path(logits, labels, counts, "1vs1")
    for name in ("sample", "low", "high"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(cut, name))


def test_on_collapsed_features_multiplication_approximates_the_duels():
    """Simplex frame, noise as n**-1/2, ratio 100: the numbers of the notes on 100 classes."""
    K, per_class = 100, 60
    counts = class_counts(K, 500, 100).astype(float)
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(K), per_class)
    frame = simplex_etf(K, K)
    features = frame[labels] + counts[labels, None] ** -0.5 * rng.normal(size=(labels.size, K))
    logits = features @ frame.T
    raw = (logits.argmax(axis=1) == labels).mean()
    best = {
        rule: exact_path(logits, labels, counts, rule).best("balanced_accuracy")
        for rule in ("mla", "ala", "1vs1")
    }
    assert raw == pytest.approx(0.91, abs=0.01)
    assert best["mla"].score == pytest.approx(0.945, abs=0.01)
    assert best["ala"].score == pytest.approx(0.939, abs=0.01)
    assert best["1vs1"].score == pytest.approx(0.945, abs=0.01)
    assert best["mla"].score > best["ala"].score > raw + 0.02
    duelled = duel_scores(logits, Duels.of(counts), best["1vs1"].value, "margin").argmax(axis=1)
    multiplied = brute_force.scores(logits, counts, "mla", best["mla"].value).argmax(axis=1)
    added = brute_force.scores(logits, counts, "ala", best["ala"].value).argmax(axis=1)
    agreement = (multiplied == duelled).mean()
    assert agreement == pytest.approx(0.9985, abs=0.01)
    assert agreement > 0.99
    assert agreement > (added == duelled).mean()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Duels.of([5, 0]), "must all be positive, got 0 for class 1"),
        (lambda: Duels.of([5, 3], [1.0]), "feature_norms must be 2 positive numbers"),
        (lambda: Duels.of([5, 3], [1.0, 0.0]), "feature_norms must be 2 positive numbers"),
        (lambda: Duels.of([5, 3], [1.0, np.nan]), "feature_norms must be 2 positive numbers"),
        (lambda: Duels.of([5, 3], weights=np.ones((3, 2))), r"2 classes, got .* shape \(3, 2\)"),
        (lambda: Duels.of([5, 3], weights=np.ones(2)), r"2 classes, got .* shape \(2,\)"),
        (lambda: Duels.of([5, 3], weights=[[1.0, 0], [0, 0]]), "zero row, got one at class 1"),
        (
            lambda: exact_path(np.ones((1, 2)), [0], [5, 3], "1vs1", ties="first"),
            "ties must be 'margin' or 'head', got 'first'",
        ),
        (
            lambda: duel_scores(np.ones((1, 2)), Duels.of([5, 3]), 0.5, "first"),
            "ties must be 'margin' or 'head', got 'first'",
        ),
    ],
)
def test_refusals_name_the_parameter(call, sentence):
    with pytest.raises(UserError, match=sentence):
        call()
