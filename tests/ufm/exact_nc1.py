"""NC1 in extended precision and in single precision, as independent references."""

import numpy as np
import torch


def collapsing_features(noise, span=1e3, num_classes=10, dim=64, per_class=100, seed=0):
    """float32 features whose class means have norms from 1 to `span`, and labels."""
    rng = np.random.default_rng(seed)
    norms = np.geomspace(span, 1, num_classes)
    means = rng.standard_normal((num_classes, dim)) * norms[:, None] / np.sqrt(dim)
    labels = np.repeat(np.arange(num_classes), per_class)
    scatter = rng.standard_normal((len(labels), dim))
    return (means[labels] + noise * scatter).astype(np.float32), labels


def exact_nc1(features, labels):
    """tr(S_w S_b^+) / K about the mean of all samples, in long double from the definition.

    S_b^+ is the inverse of S_b in an orthonormal basis of its range, by Gram-Schmidt.
    """
    x, num_classes = features.astype(np.longdouble), labels.max() + 1
    means = np.array([x[labels == k].mean(axis=0) for k in range(num_classes)])
    centered = means - x.mean(axis=0)
    deviations = x - means[labels]
    basis = []
    for row in np.diff(centered, axis=0):
        for _ in range(2):
            for direction in basis:
                row = row - direction * (direction @ row)
        basis.append(row / np.sqrt(row @ row))
    inside, along = centered @ np.array(basis).T, deviations @ np.array(basis).T
    solved = _solve(inside.T @ inside / num_classes, along.T @ along / len(x))
    return float(np.trace(solved) / num_classes)


def single_precision_nc1(features, labels):
    """The same as packages compute it: float32 sums and `torch.linalg.pinv` of the d x d S_b."""
    x, y = torch.tensor(features), torch.tensor(labels)
    one_hot = torch.nn.functional.one_hot(y).to(x.dtype)
    means = one_hot.T @ x / one_hot.sum(dim=0)[:, None]
    deviations, centered = x - means[y], means - means.mean(dim=0)
    within = deviations.T @ deviations / len(x)
    between = centered.T @ centered / len(means)
    return float(torch.trace(torch.linalg.pinv(between) @ within) / len(means))


def _solve(matrix, right):
    """Gaussian elimination with pivoting, which NumPy has for doubles only."""
    a = np.hstack([matrix, right])
    size = len(matrix)
    for k in range(size):
        pivot = k + np.abs(a[k:, k]).argmax()
        a[[k, pivot]] = a[[pivot, k]]
        a[k] = a[k] / a[k, k]
        others = np.arange(size) != k
        a[others] = a[others] - a[others, k, None] * a[k]
    return a[:, size:]
