"""Collapse metrics against reading the features once, and against the usual way to compute them.

`make bench` prints the table.
"""

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from app.ufm.class_geometry import geometry_metrics, simplex_frame
from app.ufm.metrics import collapse_metrics
from tests.benchmarks.ratios import ratios
from tests.ufm.exact_nc1 import collapsing_features, exact_nc1


@contextmanager
def one_thread():
    """On a shared machine more threads measure the neighbours."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def labelled_features(num_samples, dim, num_classes, noise=1.0, seed=0):
    """float32 features around random means, labels, and a classifier near the means."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(num_samples) % num_classes)
    means = rng.standard_normal((num_classes, dim), dtype=np.float32)
    features = rng.standard_normal((num_samples, dim), dtype=np.float32)
    features *= np.float32(noise)
    features += means[labels]
    weights = means + rng.standard_normal((num_classes, dim), dtype=np.float32)
    return features, labels, weights


def accumulated_metrics(features, labels, weights, batch=512):
    """NC1 to NC4 as packages for networks compute them: accumulators fed with batches, in float32.

    One sums the classes by a product with the one-hot labels; in a second pass one sums squared
    deviations, one the d x d covariance, one the decisions that differ, each on its own. NC1 then
    inverts the d x d scatter of the means.
    """
    x, y, w = torch.from_numpy(features), torch.from_numpy(labels), torch.from_numpy(weights)
    num_samples, (num_classes, dim) = len(x), w.shape
    batches = list(zip(x.split(batch), y.split(batch), strict=True))

    def one_hot(targets):
        return (targets[:, None] == torch.arange(num_classes)).float().T

    sums, counts = torch.zeros(num_classes, dim), torch.zeros(num_classes)
    for rows, targets in batches:
        members = one_hot(targets)
        sums += members @ rows
        counts += members.sum(dim=1)
    means = sums / counts[:, None]
    scatter, covariance = torch.zeros(num_classes), torch.zeros(dim, dim)
    disagreements = 0
    for rows, targets in batches:
        scatter += (one_hot(targets) @ (rows - means[targets]) ** 2).sum(dim=1)
        deviations = rows - means[targets]
        covariance += deviations.T @ deviations
        distances = (rows**2).sum(1)[:, None] + (means**2).sum(1) - 2 * rows @ means.T
        disagreements += int(((rows @ w.T).argmax(1) != distances.argmin(1)).sum())
    centered = means - means.mean(dim=0)
    inverse = torch.linalg.pinv(centered.T @ centered / num_classes)
    norms = centered.norm(dim=1)
    shapes = (w / w.norm(), centered / centered.norm())
    cosines = torch.nn.functional.normalize(centered, dim=1)
    cosines = (cosines @ cosines.T)[~torch.eye(num_classes, dtype=torch.bool)]
    return {
        "within": float(scatter.sum() / num_samples),
        "nc1": float(torch.trace(inverse @ (covariance / num_samples)) / num_classes),
        "nc2_norms_means": float(norms.std(correction=0) / norms.mean()),
        "nc2_angles_means": float(cosines.std(correction=0)),
        "nc3": float((shapes[0] - shapes[1]).square().sum()),
        "nc4": disagreements / num_samples,
    }


def test_both_compute_the_same():
    """What is timed against each other gives the same numbers; runs in every test run."""
    features, labels, weights = labelled_features(3000, 40, 12, noise=3.0)
    usual = accumulated_metrics(features, labels, weights)
    ours = collapse_metrics(features, labels, weights).values
    assert 0.02 < usual["nc4"] < 0.98
    for name, value in usual.items():
        assert ours[name] == pytest.approx(value, rel=2e-4), name


@pytest.mark.slow
def test_collapse_metrics_cost_few_reads_of_the_features():
    features, labels, weights = labelled_features(50_000, 512, 100)
    with one_thread():
        seconds, against = ratios(
            lambda: collapse_metrics(features, labels, weights),
            {
                "read": lambda: features.max(),
                "usual": lambda: accumulated_metrics(features, labels, weights),
                "without classifier": lambda: collapse_metrics(features, labels),
            },
        )
    reads = 1 / against["read"]
    print(
        f"\ncollapse metrics 50,000 x 512, 100 classes: {1e3 * seconds:.0f} ms, {reads:.0f} reads "
        f"of the features ({reads * against['without classifier']:.0f} without NC3 and NC4), "
        f"{against['usual']:.1f}x faster than accumulators and a pseudo-inverse in float32"
    )
    assert reads <= 60
    assert against["usual"] >= 2


@pytest.mark.slow
def test_what_single_precision_makes_of_collapsing_features():
    """100 classes of 512 dimensions, norms of means spanning 1,000."""
    for noise in (1e-1, 1e-3, 1e-5):
        features, labels = collapsing_features(noise, 1e3, num_classes=100, dim=512, per_class=40)
        weights = np.zeros((100, 512), np.float32)
        exact = exact_nc1(features, labels)
        ours = collapse_metrics(features, labels).values["nc1"]
        usual = accumulated_metrics(features, labels, weights)["nc1"]
        print(
            f"\nNC1 at noise {noise:g}: {exact:.3e}; relative error {abs(ours / exact - 1):.1e}, "
            f"in float32 {usual:.3e}, wrong by a factor {max(usual / exact, exact / usual):.3g}"
        )
        assert ours == pytest.approx(exact, rel=1e-3)


@pytest.mark.slow
def test_a_trajectory_costs_less_than_its_snapshots():
    rng = np.random.default_rng(0)
    weights, means = rng.standard_normal((2, 120, 10, 20))
    counts, targets = np.arange(10, 0, -1), {"etf": simplex_frame(10)}

    def one_by_one():
        for t in range(120):
            geometry_metrics(weights[t], means[t], counts, targets)

    seconds, against = ratios(
        lambda: geometry_metrics(weights, means, counts, targets), {"loop": one_by_one}
    )
    print(
        f"\ngeometry of 120 snapshots, 10 classes, 20 dimensions: {1e3 * seconds:.1f} ms, "
        f"{against['loop']:.0f}x faster than one by one"
    )
    assert against["loop"] > 5
