"""Features on their principal axes."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def principal(features: NDArray[np.floating]) -> tuple[FloatArray, tuple[float, float]]:
    """Return coordinates (N, 2) on the first two principal axes, and their shares of the variance.

    Each axis points to where its largest loading is positive.
    """
    centered = np.asarray(features, dtype=np.float64)
    centered = centered - centered.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = np.zeros((len(centered), 2))
    points[:, : axes.shape[1]] = centered @ axes
    total = values.sum() or 1.0
    shares = [*(values[::-1][:2] / total), 0.0]
    return points, (float(shares[0]), float(shares[1]))
