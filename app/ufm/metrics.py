"""Neural collapse of features: within-class scatter, geometry of the means, nearest-mean rule."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError
from app.theory.checks import finite_array, require
from app.ufm.class_geometry import (
    GEOMETRY_METRICS,
    Center,
    Frame,
    class_center,
    geometry_metrics,
)
from app.ufm.samples import IntArray, RealArray, Samples

FloatArray = NDArray[np.float64]

# Metrics of `collapse_metrics`. S_w is the mean over samples of (h - mu_y)(h - mu_y)^T, mu_k are
# class means, mu_s the mean of all samples, mu_c the mean of the class means, ^+ a pseudo-inverse.
COLLAPSE_METRICS = {
    "within": "trace of S_w",
    "between": "mean over samples of ||mu_y - mu_s||^2",
    "nc1": "tr(S_w S_b^+) / K with S_b = (1/K) sum_k (mu_k - mu_s)(mu_k - mu_s)^T",
    "nc1_class_centered": "tr(S_w S_b^+) with S_b = (1/K) sum_k (mu_k - mu_c)(mu_k - mu_c)^T",
    "nc1_weighted": "tr(S_w S_b^+) / K with S_b = sum_k (n_k/N) (mu_k - mu_s)(mu_k - mu_s)^T",
    "nc4": "share of samples that the classifier and the nearest class mean put differently",
    **GEOMETRY_METRICS,
}


@dataclass(frozen=True, eq=False)
class CollapseMetrics:
    """How collapsed given features are.

    Attributes
    ----------
    values : dict of str to float
        The metrics of `COLLAPSE_METRICS`, and the distances to each target as in
        `geometry_metrics`.
    counts : (K,) int64
        Samples of each class.
    class_means : (K, d)
    class_scatter : (K,)
        Mean squared distance of a class's samples from their mean.
    """

    values: dict[str, float]
    counts: IntArray
    class_means: FloatArray
    class_scatter: FloatArray


@dataclass(frozen=True, eq=False)
class _Directions:
    """The directions in which class means differ: ``means - center = left * spans @ right``.

    Attributes
    ----------
    center : (d,)
    left : (K, r), right : (r, d)
        Orthonormal columns and rows.
    spans : (r,)
        Singular values, those that are rounding left out.
    """

    center: FloatArray
    left: FloatArray
    spans: FloatArray
    right: FloatArray


def collapse_metrics(
    features: ArrayLike,
    labels: ArrayLike,
    weights: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    targets: Mapping[str, Frame] | None = None,
    *,
    center: Center = "samples",
) -> CollapseMetrics:
    """Measure how far features, class means and classifier are collapsed.

    NC1 to NC4 are those of Papyan, Han & Donoho (2020, arXiv 2008.08186); each metric's exact
    definition is in `COLLAPSE_METRICS`. Of the three NC1, "nc1" is also that of the code of Dang
    et al. (arXiv 2401.02058), "nc1_class_centered" that of Behnia et al. (arXiv 2303.07608) and
    "nc1_weighted" that of Hong & Ling (arXiv 2309.09725); they agree on balanced classes but for
    the factor K of the second.

    The features are read twice, in chunks: for the class means, then for everything else. What is
    summed are deviations from the means, never raw second moments, and pseudo-inverses act in the
    r < K directions in which means differ, each scaled by its own span: small classes keep their
    digits beside means a thousand times larger, where a pseudo-inverse in single precision
    drops them.

    Parameters
    ----------
    features : (N, d) array
        Up to float32, features are multiplied in float32; class means and pseudo-inverses are
        float64 throughout.
    labels : (N,) array of int
        0 to K-1; K is the number of weights, or else one more than the largest label.
    weights : (K, d) array, optional
        Classifier; without it only what concerns the features is returned.
    bias : (K,) array, optional
        For NC4.
    targets : mapping of str to Frame, optional
        Predicted geometries to compare with.
    center : {"samples", "classes"}
        What class means are measured from in NC2 and NC3, see `geometry_metrics`.

    Returns
    -------
    CollapseMetrics
        NC1 is 0 with one sample a class and NaN if all class means are equal. Where several
        classes tie for a sample, NC4 takes the first of them.

    Raises
    ------
    UserError
        If shapes do not fit, a number is not finite, a label is out of range, a class has no
        sample or there is only one class.
    """
    w, b = _checked_classifier(weights, bias)
    samples = Samples.checked(features, labels, None if w is None else len(w))
    if w is not None:
        wanted = (len(w), samples.features.shape[1])
        require(w.shape == wanted, "weights", f"of shape {wanted}", w.shape)
    means = samples.class_means()
    counts = samples.counts.astype(np.float64)
    directions = _directions(means, class_center(means, counts, "samples"))
    rules = None if w is None else _rules(means, directions, w, b)
    scatter, moments, disagreements = _sweep(samples, means, directions, rules)
    shares, num_classes = counts / counts.sum(), len(counts)
    even = np.full(num_classes, 1 / num_classes)
    values = {
        "within": float(shares @ scatter),
        "between": float(shares @ np.square(means - directions.center).sum(axis=1)),
        "nc1": _separation(moments, means, directions, even, shares) / num_classes,
        "nc1_class_centered": _separation(moments, means, directions, even, even),
        "nc1_weighted": _separation(moments, means, directions, shares, shares) / num_classes,
    }
    if w is not None:
        values["nc4"] = disagreements / len(samples.labels)
    geometry = geometry_metrics(w, means, counts, targets, center=center)
    values |= {name: float(value) for name, value in geometry.items()}
    return CollapseMetrics(values, samples.counts, means, scatter)


def _directions(means: FloatArray, center: FloatArray) -> _Directions:
    """Singular vectors of the means less their center, without those that are rounding."""
    left, spans, right = np.linalg.svd(means - center, full_matrices=False)
    rounding = np.finfo(np.float64).eps * max(means.shape) * np.abs(means).max()
    kept = spans > rounding
    return _Directions(center, left[:, kept], spans[kept], right[kept])


def _sweep(
    samples: Samples, means: FloatArray, directions: _Directions, rules: "_Rules | None"
) -> tuple[FloatArray, FloatArray, int]:
    """Sum over all samples what their deviations from the class means decide.

    Returns
    -------
    scatter : (K,) array
        Mean squared deviation of each class.
    moments : (r, r) array
        Mean of t t^T, with t the deviation along each direction in units of its span.
    disagreements : int
        Samples that classifier and nearest mean put differently; 0 without a classifier.
    """
    rank, num_classes = len(directions.spans), len(means)
    columns = directions.right.T / directions.spans
    if rules is not None:
        # One product of matrices serves both.
        columns = np.hstack([columns, rules.weights.T])
        rules = rules.astype(samples.precision)
    columns = columns.astype(samples.precision)
    # A float64 mean as two terms: the first difference is exact where it is small, so that the
    # second leaves a deviation with all its digits, at a fraction of the cost of float64.
    upper: RealArray = means.astype(samples.precision)
    lower: RealArray = (means - upper).astype(samples.precision)
    squares, moments, disagreements = np.zeros(num_classes), np.zeros((rank, rank)), 0
    for rows, labels in samples.chunks():
        deviations = rows - upper[labels]
        deviations -= lower[labels]
        lengths = np.einsum("ij,ij->i", deviations, deviations)
        squares += np.bincount(labels, weights=lengths, minlength=num_classes)
        projected = deviations @ columns
        along, logits = projected[:, :rank], projected[:, rank:]
        moments += along.T @ along
        if rules is not None:
            disagreements += rules.disagreements(along, logits, labels)
    return squares / samples.counts, moments / len(samples.labels), disagreements


@dataclass(frozen=True, eq=False)
class _Rules:
    """Classifier and nearest class mean as functions of the deviation from the own class mean.

    For a sample of class k at the deviation t (r,), in units of the spans, that adds z (K,) to
    the classifier's logits, the classifier chooses the largest of ``logits[k] + z`` and the
    nearest mean is the largest of ``t @ steps - half_squares[k]``, both in units of the largest
    span squared.

    Attributes
    ----------
    weights : (K, d)
        Classifier vectors less their mean, which moves all logits alike.
    logits : (K, K)
        At the class means, less that of the own class.
    half_squares : (K, K)
        Half the squared distances between class means.
    steps : (r, K)
    """

    weights: RealArray
    logits: RealArray
    half_squares: RealArray
    steps: RealArray

    def astype(self, precision: type[np.floating]) -> "_Rules":
        """Return the same in another precision."""
        return _Rules(*(getattr(self, field.name).astype(precision) for field in fields(self)))

    def disagreements(self, along: RealArray, logits: RealArray, labels: IntArray) -> int:
        """Number of samples of a chunk that the two put differently."""
        chosen = (self.logits[labels] + logits).argmax(axis=1)
        nearest = (along @ self.steps - self.half_squares[labels]).argmax(axis=1)
        return int(np.count_nonzero(chosen != nearest))


def _rules(
    means: FloatArray, directions: _Directions, weights: FloatArray, bias: FloatArray | None
) -> _Rules:
    """Return both rules in float64."""
    centered = weights - weights.mean(axis=0)
    logits = means @ centered.T + (0.0 if bias is None else bias)
    relative = directions.spans / directions.spans.max(initial=0.0)
    places = directions.left * relative
    gram = places @ places.T
    half_squares = np.add.outer(np.diag(gram), np.diag(gram)) / 2 - gram
    steps = (places * relative).T
    return _Rules(centered, logits - np.diag(logits)[:, None], half_squares, steps)


def _separation(
    moments: FloatArray,
    means: FloatArray,
    directions: _Directions,
    shares: FloatArray,
    center_shares: FloatArray,
) -> float:
    """Return tr(S_w S_b^+) for ``S_b = sum_k shares_k (mu_k - mu)(mu_k - mu)^T``.

    mu is the mean of class means with weights `center_shares`. Deviations of the means lie in
    the span of the directions whatever the center, where they are a (K, r) matrix.
    """
    if not len(directions.spans):
        return float("nan")
    shift = (directions.center - center_shares @ means) @ directions.right.T
    places = directions.left + shift / directions.spans
    between = places.T @ (shares[:, None] * places)
    return float(np.trace(np.linalg.solve(between, moments)))


def _checked_classifier(
    weights: ArrayLike | None, bias: ArrayLike | None
) -> tuple[FloatArray | None, FloatArray | None]:
    """Return weights (K, d) and bias (K,) as finite numbers, or None for what is not there."""
    if weights is None:
        if bias is not None:
            raise UserError("bias must come with weights, got no weights.")
        return None, None
    w = finite_array(weights, "weights", (None, None))
    return w, None if bias is None else finite_array(bias, "bias", (len(w),))
