"""What a scene of the boundary picture is: a classifier in the plane and points to classify.

A scene is data. `geometry_at`, `points_at` and `logits_at` say what it looks like at a class
imbalance and a noise; the browser does the same while a slider is dragged.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.adjust import Setup
from app.errors import UserError
from app.longtail import class_counts

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
ControlName = Literal["gamma", "tau", "ratio", "norm", "spread", "s"]

MAX_CLASSES = 12
MAX_POINTS = 4000
MAX_SAMPLES = 10_000
MOST_STEPS = 2**15 - 1

# The spread is the noise of a class with this many training samples.
REFERENCE_COUNT = 100


@dataclass(frozen=True, eq=False)
class Scene:
    """A classifier of points in the plane, over a range of class imbalances.

    Attributes
    ----------
    name : str
        Short, for links and keys.
    class_names : tuple of K str
        Head class first.
    log_ratios : (G,) array
        Natural logarithms of the imbalance ratios at which the geometry is given, ascending;
        between them it is interpolated. One entry: the geometry does not depend on the ratio.
    weights : (G, K, 2) array
        Class vectors for features of norm 1.
    bias : (G, K) array
    means : (G, K, 2) array
        Class means of features of norm 1.
    points : (P, 2) array
        Unit noise around the class means; the points themselves if `fixed`. They belong to the
        first P labels.
    labels : (N,) int array
        Classes of the samples judged. Without `logits` all are drawn: P = N.
    controls : tuple of str
        Sliders that change something here.
    window : (xmin, xmax, ymin, ymax)
        What is shown, in units of the feature norm.
    head_count : int
        Training samples of the largest class.
    many, few : int
        Thresholds of the frequency groups, see `app.longtail.frequency_groups`.
    fixed : bool
        Whether weights and points are in units of their own and points stay where they are,
        whatever the imbalance, the noise and the feature norm.
    logits : (N, K) array or None
        What decides the fate of each sample where the plane is only a view of more dimensions.
    counts : (K,) array or None
        Training samples where they are given and no ratio is to be chosen.
    vectors : (K, d) array or None
        Class vectors in the space they live in, if it is not the plane.
    own_bias : (K,) array or None
        The classifier's bias, if it is not `bias`: logits at the plane's origin.
    variance_share : float or None
        Share of the samples' variance within the plane, where it is only a view.
    """

    name: str
    class_names: tuple[str, ...]
    log_ratios: Array
    weights: Array
    bias: Array
    means: Array
    points: Array
    labels: IntArray
    controls: tuple[ControlName, ...] = ("gamma", "tau", "ratio", "norm", "spread", "s")
    window: tuple[float, float, float, float] = (-1.75, 1.75, -1.75, 1.75)
    head_count: int = 1000
    many: int = 100
    few: int = 20
    fixed: bool = False
    logits: Array | None = None
    counts: IntArray | None = None
    vectors: Array | None = None
    own_bias: Array | None = None
    variance_share: float | None = None

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.class_names)

    @property
    def shown(self) -> list[int]:
        """The classes that have samples, ascending."""
        return [int(k) for k in np.unique(self.labels)]

    def check(self) -> None:
        """Raise `UserError` if something does not fit, is not finite or is too much to draw."""
        K, G = self.num_classes, len(self.log_ratios)
        P, N = len(self.points), len(self.labels)
        if not 2 <= K <= MAX_CLASSES:
            raise UserError(f"A scene has 2 to {MAX_CLASSES} classes, got {K}.")
        if not 1 <= P <= MAX_POINTS:
            raise UserError(f"A scene has 1 to {MAX_POINTS} points, got {P}.")
        if not P <= N <= (P if self.logits is None else MAX_SAMPLES):
            raise UserError(
                f"A scene has one label a point, or up to {MAX_SAMPLES} with logits, got {N}."
            )
        shapes = {
            "log_ratios": (G,),
            "weights": (G, K, 2),
            "bias": (G, K),
            "means": (G, K, 2),
            "points": (P, 2),
            "labels": (N,),
            "logits": (N, K),
            "counts": (K,),
            "own_bias": (K,),
        }
        if self.vectors is not None:
            shapes["vectors"] = (K, self.vectors.shape[-1])
        for name, shape in shapes.items():
            values = getattr(self, name)
            if values is None:
                continue
            if values.shape != shape:
                raise UserError(f"{name} of a scene must have shape {shape}, got {values.shape}.")
            if not np.isfinite(values).all():
                raise UserError(f"{name} of a scene must be finite.")
        if self.labels.min() < 0 or self.labels.max() >= K:
            raise UserError(f"labels of a scene must lie in 0..{K - 1}.")
        if G < 1 or (np.diff(self.log_ratios) <= 0).any():
            raise UserError("log_ratios of a scene must ascend.")


def counts_at(scene: Scene, ratio: float) -> IntArray:
    """Return the training samples of each class at an imbalance ratio, (K,)."""
    if scene.counts is not None:
        return scene.counts
    return class_counts(scene.num_classes, scene.head_count, ratio)


def geometry_at(scene: Scene, ratio: float) -> tuple[Array, Array, Array]:
    """Return class vectors (K, 2), biases (K,) and class means (K, 2) at an imbalance ratio."""
    place = np.interp(np.log(ratio), scene.log_ratios, np.arange(len(scene.log_ratios)))
    low = int(place)
    high, share = min(low + 1, len(scene.log_ratios) - 1), place - low
    weights, bias, means = (
        (1 - share) * table[low] + share * table[high]
        for table in (scene.weights, scene.bias, scene.means)
    )
    return weights, bias, means


def noise_at(counts: IntArray, spread: float, exponent: float) -> Array:
    """Return the noise of each class: ``spread (n_k / 100) ** -exponent``."""
    return np.asarray(spread * (counts / REFERENCE_COUNT) ** -exponent)


def points_at(scene: Scene, ratio: float, spread: float, exponent: float) -> Array:
    """Return the points, (N, 2), in units of the feature norm."""
    if scene.fixed:
        return scene.points
    means = geometry_at(scene, ratio)[2]
    noise = noise_at(counts_at(scene, ratio), spread, exponent)
    return np.asarray(means[scene.labels] + noise[scene.labels, None] * scene.points)


def planes_at(scene: Scene, ratio: float, norm: float) -> tuple[Array, Array]:
    """Return gradient (K, 2) and value at the origin (K,) of each class's logit in the plane."""
    weights, bias, _ = geometry_at(scene, ratio)
    return weights * (1.0 if scene.fixed else norm), bias


def logits_at(scene: Scene, ratio: float, spread: float, exponent: float, norm: float) -> Array:
    """Return the logits that decide the fate of each sample, (N, K)."""
    if scene.logits is not None:
        return scene.logits
    weights, bias = planes_at(scene, ratio, norm)
    return np.asarray(points_at(scene, ratio, spread, exponent) @ weights.T + bias)


def logit_step(logits: NDArray[np.floating]) -> float:
    """Return the finest power of two of which 16-bit multiples reach these logits; 1 for zeros."""
    largest = float(np.abs(logits).max())
    return 2.0 ** math.ceil(math.log2(largest / MOST_STEPS)) if largest > 0 else 1.0


def round_logits(logits: NDArray[np.floating]) -> Array:
    """Return logits on a 16-bit grid, as the browser gets them; zero stays zero."""
    step = logit_step(logits)
    return np.asarray(np.rint(logits / step) * step, dtype=np.float64)


def setup_at(scene: Scene, ratio: float) -> Setup:
    """Return what the rules use besides logits, at an imbalance ratio."""
    plane, bias, _ = geometry_at(scene, ratio)
    vectors = plane if scene.vectors is None else scene.vectors
    return Setup(
        counts_at(scene, ratio),
        weights=vectors,
        weight_norms=np.linalg.norm(vectors, axis=1),
        bias=bias if scene.own_bias is None else scene.own_bias,
    )


def drawn_noise(num_classes: int, per_class: int, seed: int) -> tuple[Array, IntArray]:
    """Return unit Gaussian noise (N, 2), to three digits, and its labels, class by class.

    Classes take turns so that none is drawn over all others.
    """
    generator = np.random.default_rng(seed)
    noise = np.round(generator.normal(size=(per_class * num_classes, 2)), 3)
    return noise, np.tile(np.arange(num_classes), per_class)
