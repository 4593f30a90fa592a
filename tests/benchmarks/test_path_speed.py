"""The exact path against the grid that users would run instead; `make bench` prints the table."""

import time
import tracemalloc

import numpy as np
import pytest

from app.adjust import exact_path
from app.adjust._kernels import count_votes
from app.adjust.duels import Duels
from tests.benchmarks.ratios import ratios

PARAMETERS = np.linspace(0, 3, 41)


def softplus_logits(num_samples, num_classes, seed=0):
    """Positive float32 logits of a classifier biased to the head, labels, and counts."""
    rng = np.random.default_rng(seed)
    counts = np.rint(1000 * 0.01 ** np.linspace(0, 1, num_classes))
    labels = rng.integers(0, num_classes, num_samples)
    z = rng.standard_normal((num_samples, num_classes), dtype=np.float32)
    z += (0.3 * (np.log(counts) - np.log(counts).mean())).astype(np.float32)
    # About half of the samples are right, whatever the number of classes.
    z[np.arange(num_samples), labels] += np.sqrt(2 * np.log(num_classes)) - 0.2
    np.logaddexp(z, np.float32(0), out=z)
    return z, labels, counts


def chunked_grid(z, labels, counts, rule, parameters=PARAMETERS):
    """Accuracy at every parameter as a user computes it: float32, a thousand rows at a time."""
    hits = np.zeros(len(parameters))
    for start in range(0, len(z), 1000):
        chunk, y = z[start : start + 1000], labels[start : start + 1000]
        for g, t in enumerate(parameters):
            if rule == "mla":
                scores = chunk * ((counts / counts.max()) ** -t).astype(np.float32)
            else:
                scores = chunk - (t * np.log(counts)).astype(np.float32)
            hits[g] += (scores.argmax(axis=1) == y).sum()
    return hits / len(z)


def cached_grid(z, labels, counts, rule, parameters=PARAMETERS):
    """The same, tuned by an expert: few rows at a time, in cache, nothing allocated."""
    if rule == "mla":
        combine, terms = np.multiply, (counts / counts.max()) ** -parameters[:, None]
    else:
        combine, terms = np.add, -parameters[:, None] * np.log(counts)
    terms = terms.astype(np.float32)
    rows = max(1, 2**17 // z.shape[1])
    hits, scores = np.zeros(len(parameters)), np.empty((rows, z.shape[1]), np.float32)
    for start in range(0, len(z), rows):
        chunk, y = z[start : start + rows], labels[start : start + rows]
        for g, term in enumerate(terms):
            combine(chunk, term, out=scores[: len(chunk)])
            hits[g] += (scores[: len(chunk)].argmax(axis=1) == y).sum()
    return hits / len(z)


def naive_grid(z, labels, counts, rule, parameters=PARAMETERS):
    """Accuracy at every parameter as it is usually written."""
    if rule == "mla":
        return np.array([((z / counts**t).argmax(axis=1) == labels).mean() for t in parameters])
    return np.array([((z - t * np.log(counts)).argmax(1) == labels).mean() for t in parameters])


@pytest.mark.parametrize("rule", ["mla", "ala"])
def test_all_compute_the_same_curve(rule):
    """What is timed against each other gives the same numbers; runs in every test run."""
    z, labels, counts = softplus_logits(700, 300)
    curve = exact_path(z, labels, counts, rule).curve("accuracy").at(PARAMETERS)
    assert np.ptp(curve) > 0.05
    np.testing.assert_allclose(curve, naive_grid(z, labels, counts, rule), atol=1e-12)
    # Single precision may see a near tie differently.
    for grid in (chunked_grid, cached_grid):
        np.testing.assert_allclose(curve, grid(z, labels, counts, rule), atol=2.1 / 700)


def test_ratios_are_medians_of_pairs():
    calls = []
    seconds, against = ratios(
        lambda: calls.append("ours") or time.sleep(0.002),
        {"twice": lambda: calls.append("twice") or time.sleep(0.008)},
        rounds=3,
    )
    assert calls == ["ours", "twice"] * 4  # Both warmed up, then in turns.
    assert seconds >= 0.002
    assert against["twice"] > 1.5


SIZES = [
    pytest.param(10_000, 100, 1, 3, None, id="10k x 100"),
    pytest.param(50_000, 1_000, 8, 6, None, id="50k x 1000"),
    pytest.param(24_000, 8_142, 8, 25, 4.0, id="24k x 8142"),
]


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["mla", "ala"])
@pytest.mark.parametrize(("num_samples", "num_classes", "part", "least", "most_reads"), SIZES)
def test_exact_path_costs_less_than_a_grid(rule, num_samples, num_classes, part, least, most_reads):
    """At the larger sizes the grids run on 1/part of the rows, the naive one at 5 parameters."""
    z, labels, counts = softplus_logits(num_samples, num_classes)
    few, some = slice(0, num_samples // part), PARAMETERS[::10]
    seconds, against = ratios(
        lambda: exact_path(z, labels, counts, rule),
        {
            "chunked": lambda: chunked_grid(z[few], labels[few], counts, rule),
            "cached": lambda: cached_grid(z[few], labels[few], counts, rule),
            "naive": lambda: naive_grid(z[few], labels[few], counts, rule, some),
            "read": lambda: z.max(),
        },
    )
    chunked, cached = against["chunked"] * part, against["cached"] * part
    naive = against["naive"] * part * 41 / len(some)
    reads = 1 / against["read"]
    print(
        f"\n{rule} {num_samples:,} x {num_classes:,}: {1e3 * seconds:.1f} ms; "
        f"{chunked:.1f}x a chunked float32 grid of 41, {cached:.1f}x one tuned to the cache, "
        f"{naive:.0f}x a naive float64 one; "
        f"{reads:.2f} reads of the matrix"
    )
    assert chunked >= least
    assert most_reads is None or reads <= most_reads


@pytest.mark.slow
def test_memory_of_the_path():
    z, labels, counts = softplus_logits(24_000, 8_142)
    exact_path(z[:10], labels[:10], counts)
    tracemalloc.start()
    exact_path(z, labels, counts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\nextra memory of exact_path at 24,000 x 8,142: {peak / 2**20:.1f} MiB")
    assert peak < 16 * 2**20


@pytest.mark.slow
def test_duels_are_within_reach_of_interactive_use():
    z, labels, counts = softplus_logits(10_000, 100)
    z -= z.mean(axis=1, keepdims=True)
    duels, wide = Duels.of(counts), z.astype(np.float64)
    votes = np.empty(wide.shape, dtype=np.int64)

    def grid():
        for gamma in PARAMETERS:
            count_votes(wide, duels.factors(gamma), votes)

    seconds, against = ratios(
        lambda: exact_path(z, labels, counts, "1vs1"), {"grid": grid}, rounds=3
    )
    print(
        f"\n1vs1 10,000 x 100 over [0, 3]: {seconds:.2f} s; "
        f"{against['grid']:.1f}x a compiled vote count at 41 gammas"
    )
    assert against["grid"] > 0.5


@pytest.mark.slow
def test_bootstrap_reweights_the_path():
    z, labels, counts = softplus_logits(50_000, 1_000)
    path = exact_path(z, labels, counts)
    seconds, against = ratios(
        lambda: path.bootstrap("balanced_accuracy", samples=200),
        {"path": lambda: exact_path(z, labels, counts)},
        rounds=3,
    )
    print(
        f"\n200 bootstrap replicates at 50,000 samples: {seconds:.2f} s; "
        f"recomputing 200 paths would take {200 * against['path']:.0f}x as long"
    )
    assert 200 * against["path"] > 5
