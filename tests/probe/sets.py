"""Small long-tailed feature sets for tests, made on the fly."""

import numpy as np
from sklearn.datasets import load_digits

from app.data.features import FeatureSet, Rows
from app.longtail import class_counts


def digits(head=100, ratio=100.0, seed=0, validation=20, name="digits"):
    """scikit-learn's digits with a long tail: 50 test and `validation` rows a class."""
    pixels, labels = load_digits(return_X_y=True)
    rng, parts = np.random.default_rng(seed), ([], [], [])
    for k, n in enumerate(class_counts(10, head, ratio)):
        rows = rng.permutation(np.flatnonzero(labels == k))
        for part, chosen in zip(parts, np.split(rows, [50, 50 + validation]), strict=True):
            part.extend(chosen[: n if part is parts[2] else None])
    test, val, train = (
        Rows((pixels[part] / 16).astype(np.float32), labels[part].astype(np.int64))
        for part in parts
    )
    return FeatureSet(name, train, test, np.bincount(train.labels), val if validation else None)


def clouds(counts, dim=8, test=20, seed=0, spread=1.0, name="clouds", validation=True):
    """Gaussian clouds around random class means."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(len(counts), dim))

    def rows(sizes):
        labels = np.repeat(np.arange(len(counts)), sizes)
        noise = spread * rng.normal(size=(labels.size, dim))
        return Rows((means[labels] + noise).astype(np.float32), labels)

    same = np.full(len(counts), test)
    return FeatureSet(
        name, rows(counts), rows(same), np.array(counts), rows(same) if validation else None
    )
