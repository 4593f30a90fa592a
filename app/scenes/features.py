"""Real features seen in a plane: an affine slice of feature space through chosen classes.

On the slice ``h = origin + x e1 + y e2`` every logit is ``V_k . (x, y) + c_k`` with
``V_k = (w_k . e1, w_k . e2)`` and ``c_k = w_k . origin + b_k``, for all K classes: the regions
drawn on it are exact. The samples are not on the slice, they are projected onto it, so a sample
may be shown in a region whose class it is not given: its fate is counted on its full logits.
(Own construction.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.data.upload import Upload
from app.errors import UserError
from app.scenes.base import Scene, round_logits

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Window = tuple[float, float, float, float]

FEWEST, MOST = 2, 6
MOST_DRAWN = 2000
# The frequency groups of CIFAR10-LT (Hasegawa & Sato, ICLR 2025), whose head class is as large.
MANY, FEW = 1000, 200
_FLAT = 1e-9  # of the largest spread of the class means: thinner than this is no direction


@dataclass(frozen=True, eq=False)
class FeatureSlice:
    """A plane in feature space, with the classifier on it and samples projected onto it.

    Attributes
    ----------
    classes : tuple of int
        The M classes it was laid through.
    origin : (d,) array
        Mean of their class means.
    axes : (2, d) array
        Orthonormal e1 (right) and e2 (up); the first class mean lies straight up.
    weights : (K, 2) array
        Gradient V of every class's logit on the slice.
    bias : (K,) array
        Logits c at the origin.
    means : (M, 2) array
        The class means; projected, if more than three.
    points : (N, 2) array
        Projected features of the judged samples of the chosen classes.
    labels : (N,) int array
        Their classes, 0..K-1.
    logits : (N, K) array
        Their full logits.
    variance_share : float
        Share of those features' variance that lies within the slice, 0 to 1; the rest is not in
        the picture.
    """

    classes: tuple[int, ...]
    origin: FloatArray
    axes: FloatArray
    weights: FloatArray
    bias: FloatArray
    means: FloatArray
    points: FloatArray
    labels: IntArray
    logits: NDArray[np.floating]
    variance_share: float

    def window(self, margin: float = 0.08) -> Window:
        """A square window (xmin, xmax, ymin, ymax) around all points and class means."""
        shown = np.concatenate([self.points, self.means])
        low, high = shown.min(axis=0), shown.max(axis=0)
        middle, half = (low + high) / 2, (0.5 + margin) * max(float((high - low).max()), _FLAT)
        return tuple(float(v) for m in middle for v in (m - half, m + half))  # type: ignore[return-value]


def feature_slice(upload: Upload, classes: tuple[int, ...]) -> FeatureSlice:
    """Lay the plane through the means of two to six classes.

    It holds the means of three classes exactly; two are completed by the direction in which the
    classes' features vary most, more are met in the sense of least squares.

    Parameters
    ----------
    upload : Upload
        With labels, weights, features and class means; without a bias it counts as 0. Of the
        rows those of the split "judge" are used, or all if there is no split.
    classes : tuple of int
        Different classes, within 0..K-1.

    Raises
    ------
    UserError
        If the classes are not two to six different ones, something needed is missing, or the
        classes have no samples to judge.
    """
    weights, features, means, labels = _needed(upload)
    _check_classes(classes, len(weights))
    chosen = list(classes)
    rows = np.isin(labels, chosen)
    if upload.split is not None:
        rows &= upload.split == "judge"
    if not rows.any():
        raise UserError(f"classes must have samples to judge, got none in {classes}.")
    samples = features[rows]
    origin = means[chosen].mean(axis=0)
    axes = _upright(
        _axes(means[chosen] - origin, samples - samples.mean(axis=0)), means[chosen] - origin
    )
    bias = np.zeros(len(weights)) if upload.bias is None else np.asarray(upload.bias, np.float64)
    return FeatureSlice(
        classes=tuple(classes),
        origin=origin,
        axes=axes,
        weights=weights @ axes.T,
        bias=weights @ origin + bias,
        means=(means[chosen] - origin) @ axes.T,
        points=(samples - origin) @ axes.T,
        labels=labels[rows],
        logits=upload.logits[rows],
        variance_share=_variance_share(samples, axes),
    )


def features_scene(upload: Upload, classes: tuple[int, ...]) -> Scene:
    """Return a slice through some classes as a scene: a sample's fate is that of its logits.

    Logits are rounded to 16 bits (`round_logits`). Of more than 2000 samples every so many are
    drawn; all are judged.

    Raises
    ------
    UserError
        As `feature_slice` does, or if there are no class counts.
    """
    if upload.class_counts is None:
        raise UserError(f"the samples need class_counts, got none in {upload.name!r}.")
    view = feature_slice(upload, classes)
    weights, _, means, _ = _needed(upload)
    N = len(view.labels)
    drawn = np.unique(np.linspace(0, N - 1, min(N, MOST_DRAWN)).round().astype(np.int64))
    order = np.concatenate([drawn, np.setdiff1d(np.arange(N), drawn)])
    names = upload.class_names or tuple(str(k) for k in range(len(weights)))
    return Scene(
        name="features",
        class_names=names,
        log_ratios=np.zeros(1),
        weights=view.weights[None],
        bias=view.bias[None],
        means=((means - view.origin) @ view.axes.T)[None],
        points=view.points[drawn],
        labels=view.labels[order],
        controls=("gamma", "tau"),
        window=view.window(),
        many=MANY,
        few=FEW,
        fixed=True,
        logits=round_logits(view.logits[order]),
        counts=upload.class_counts,
        vectors=weights,
        variance_share=view.variance_share,
        own_bias=np.zeros(len(weights)) if upload.bias is None else np.asarray(upload.bias, float),
    )


def _needed(upload: Upload) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Weights, features and class means as float64, and labels, or `UserError` naming a lack."""
    for role in ("weights", "features", "class_means", "labels"):
        if getattr(upload, role) is None:
            raise UserError(f"a slice of feature space needs {role}, got none in {upload.name!r}.")
    assert upload.labels is not None
    arrays = (upload.weights, upload.features, upload.class_means)
    weights, features, means = (np.asarray(array, dtype=np.float64) for array in arrays)
    return weights, features, means, upload.labels


def _check_classes(classes: tuple[int, ...], num_classes: int) -> None:
    different = len(set(classes)) == len(classes)
    inside = all(0 <= k < num_classes for k in classes)
    if not (FEWEST <= len(classes) <= MOST and different and inside):
        raise UserError(
            f"classes must be {FEWEST} to {MOST} different ones within 0..{num_classes - 1}, "
            f"got {classes}."
        )


def _axes(spread: FloatArray, noise: FloatArray) -> FloatArray:
    """Orthonormal rows (2, d): main directions of the class means, then of the noise."""
    if spread.shape[1] < 2:
        raise UserError(f"features must have at least 2 dimensions, got {spread.shape[1]}.")
    _, sizes, rows = np.linalg.svd(spread, full_matrices=False)
    axes = rows[:2][sizes[:2] > _FLAT * max(float(sizes[0]), 1.0)]
    rest = noise - noise @ axes.T @ axes
    _, fillers = np.linalg.eigh(rest.T @ rest + _guard(axes))
    filled = np.concatenate([axes, fillers.T[::-1][: 2 - len(axes)]])
    return np.asarray(np.linalg.qr(filled.T)[0].T)


def _guard(axes: FloatArray) -> FloatArray:
    """Keeps directions that are taken at the bottom, also where there is no noise at all."""
    return np.asarray(-axes.T @ axes)


def _upright(axes: FloatArray, spread: FloatArray) -> FloatArray:
    """The same plane turned so that the first mean is straight up and the second to the left."""
    up = spread[0] @ axes.T
    size = float(np.linalg.norm(up))
    if size == 0:
        return axes
    turned = np.array([[up[1], -up[0]], up]) / size @ axes
    if turned[0] @ spread[1] > 0:
        turned[0] *= -1
    return np.asarray(turned)


def _variance_share(samples: FloatArray, axes: FloatArray) -> float:
    centred = samples - samples.mean(axis=0)
    total = float((centred**2).sum())
    return float(((centred @ axes.T) ** 2).sum() / total) if total > 0 else 1.0
