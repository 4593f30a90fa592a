"""Norms and angles of class vectors, and their distance to a predicted geometry.

Everything here takes any number of problems at once: arrays of class vectors are (..., K, d), one
row a class, and every metric comes back as (...). Where a metric is not defined (the angle of a
zero vector, the shape of a zero matrix) it is NaN.

Under imbalance the mean of all samples and the mean of the class means differ; which of the two
class means are measured from is a choice, `center`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.theory.checks import finite_array, positive_vector, require

FloatArray = NDArray[np.float64]
Center = Literal["samples", "classes"]

# Metrics of `geometry_metrics`; c_k are class means less their center, w_k classifier vectors.
GEOMETRY_METRICS = {
    "nc2_norms_means": "standard deviation over mean of the norms of c_k",
    "nc2_norms_classifier": "standard deviation over mean of the norms of w_k",
    "nc2_angles_means": "standard deviation of the cosines between pairs of c_k",
    "nc2_angles_classifier": "standard deviation of the cosines between pairs of w_k",
    "nc2_etf_means": "mean of |cos + 1/(K-1)| over pairs of c_k",
    "nc2_etf_classifier": "mean of |cos + 1/(K-1)| over pairs of w_k",
    "nc3": "||W/||W|| - C/||C|| ||^2, squared Frobenius norm",
    "nc3_weighted": "||W/||W|| - V/||V|| ||, not squared, with v_k = K sqrt(n_k) h_k - "
    "sum_m sqrt(n_m) h_m of the class means h_k as they are",
}


class Frame(Protocol):
    """A geometry up to rotation and scale: three (K, K) matrices, as `app.theory.Geometry` has."""

    @property
    def logits(self) -> FloatArray:
        """W H^T; column k holds the logits of class k."""

    @property
    def classifier_gram(self) -> FloatArray:
        """W W^T."""

    @property
    def embedding_gram(self) -> FloatArray:
        """H H^T, inner products of the class means."""


@dataclass(frozen=True, eq=False)
class Grams:
    """The matrices of a `Frame`."""

    logits: FloatArray
    classifier_gram: FloatArray
    embedding_gram: FloatArray


def simplex_frame(num_classes: int) -> Grams:
    """Return the simplex ETF: all three matrices are ``I - 11^T / K``.

    The geometry of balanced classes (Papyan, Han & Donoho, 2020, arXiv 2008.08186).
    """
    require(num_classes >= 2, "num_classes", "at least 2", num_classes)
    centering = np.eye(num_classes) - 1 / num_classes
    return Grams(centering, centering, centering)


def orthogonal_frame(counts: ArrayLike) -> Grams:
    """Return the frame of non-negative features when decay vanishes: orthogonal class means.

    ``H H^T = D^(-1/2)``, ``W W^T = C D^(1/2) C`` and ``W H^T = C`` with D the counts on the
    diagonal and ``C = I - 11^T / K``: the limit of Dang et al., ICML 2024 (arXiv 2401.02058).
    """
    sizes = positive_vector(counts, "counts")
    centering = simplex_frame(sizes.size).logits
    classifier = centering @ np.diag(np.sqrt(sizes)) @ centering
    return Grams(centering, classifier, np.diag(1 / np.sqrt(sizes)))


def geometry_metrics(
    weights: ArrayLike | None,
    means: ArrayLike,
    counts: ArrayLike,
    targets: Mapping[str, Frame] | None = None,
    *,
    center: Center = "samples",
) -> dict[str, FloatArray]:
    """Return how classifier and class means compare with neural collapse and with `targets`.

    The metrics of `GEOMETRY_METRICS`: those of Papyan, Han & Donoho (2020), with standard
    deviations of the population, and with ``center="samples"`` their center; "nc3_weighted" is
    the alignment of Dang et al. (2024). For each target "name" also "name_classifier",
    "name_means" and "name_logits", the distances ``|| A/||A|| - T/||T|| ||`` (Frobenius, 0 to 2)
    of W W^T, H H^T and W H^T from the target's, as in Thrampoulidis et al., NeurIPS 2022
    (arXiv 2208.05512), and "name_centered_means" with the class means less their center.

    Parameters
    ----------
    weights : (..., K, d) array or None
        Classifier vectors; without them only what concerns the class means is returned.
    means : (..., K, d) array
        Class means.
    counts : (K,) array
        Samples of each of at least 2 classes.
    targets : mapping of str to Frame, optional
    center : {"samples", "classes"}
        Mean of all samples (Papyan et al.; Dang et al.; Hong & Ling), or of the class means
        (code of Behnia et al.).

    Returns
    -------
    dict of str to (...) array

    Raises
    ------
    UserError
        If shapes do not fit or a number is not finite.
    """
    sizes = positive_vector(counts, "counts")
    h = _scaled(_class_vectors(means, "means"))
    require(h.shape[-2] >= 2, "means", "of at least 2 classes, shape (..., K, d)", h.shape)
    require(sizes.size == h.shape[-2], "counts", f"{h.shape[-2]} numbers", sizes.size)
    goals = {
        name: _checked_frame(frame, name, sizes.size) for name, frame in (targets or {}).items()
    }
    centered = h - class_center(h, sizes, center)[..., None, :]
    found = _norms_and_angles(centered, "means")
    for name, goal in goals.items():
        found[f"{name}_means"] = _shape_distance(_gram(h), goal.embedding_gram)
        found[f"{name}_centered_means"] = _shape_distance(_gram(centered), goal.embedding_gram)
    if weights is None:
        return found
    w = _scaled(_class_vectors(weights, "weights"))
    require(w.shape == h.shape, "weights", f"of the shape {h.shape} of means", w.shape)
    found |= _norms_and_angles(w, "classifier")
    found["nc3"] = _shape_distance(w, centered) ** 2
    found["nc3_weighted"] = _shape_distance(w, _dual(h, sizes))
    for name, goal in goals.items():
        found[f"{name}_classifier"] = _shape_distance(_gram(w), goal.classifier_gram)
        found[f"{name}_logits"] = _shape_distance(w @ np.swapaxes(h, -1, -2), goal.logits)
    return found


def group_metrics(vectors: ArrayLike, majority: ArrayLike) -> dict[str, FloatArray]:
    """Return norms and angles of two groups of classes, as Behnia et al. (2023) plot them.

    Parameters
    ----------
    vectors : (..., K, d) array
        Classifier vectors or class means, not centered.
    majority : (K,) array of bool

    Returns
    -------
    dict of str to (...) array
        "norm_ratio": mean over pairs of ``||v_a||^2 / ||v_b||^2``, a of the majority and b of
        the minority; "cos_majority", "cos_minority", "cos_across": mean cosine over the pairs
        within and across the groups, NaN where there is no pair.

    Raises
    ------
    UserError
        If shapes do not fit, a number is not finite or a group is empty.
    """
    v, head = _scaled(_class_vectors(vectors, "vectors")), np.asarray(majority, dtype=bool)
    require(head.shape == v.shape[-2:-1], "majority", f"of shape {v.shape[-2:-1]}", head.shape)
    mixed = bool(head.any() and not head.all())
    require(mixed, "majority", "true for some classes and false for others", head)
    squares, cosines = np.square(v).sum(axis=-1), _cosines(v)
    ratios = _ratio(squares[..., head, None], squares[..., None, ~head])
    other = ~np.eye(len(head), dtype=bool)
    return {
        "norm_ratio": ratios.mean(axis=(-1, -2)),
        "cos_majority": _mean(cosines[..., np.outer(head, head) & other]),
        "cos_minority": _mean(cosines[..., np.outer(~head, ~head) & other]),
        "cos_across": _mean(cosines[..., np.outer(head, ~head)]),
    }


def class_center(means: FloatArray, counts: FloatArray, center: Center) -> FloatArray:
    """Return the mean of all samples or of the class means (..., K, d): an array (..., d)."""
    require(center in get_args(Center), "center", " or ".join(get_args(Center)), center)
    shares = counts / counts.sum() if center == "samples" else np.full(len(counts), 1 / len(counts))
    return np.asarray(shares @ means)


def _class_vectors(values: ArrayLike, name: str) -> FloatArray:
    """Return finite class vectors (..., K, d), at least one number of them."""
    vectors = finite_array(values, name)
    fits = vectors.ndim >= 2 and vectors.size > 0
    require(fits, name, "an array of shape (..., K, d)", vectors.shape)
    return vectors


def _dual(means: FloatArray, counts: FloatArray) -> FloatArray:
    """Classifier that Dang et al. find at the optimum, up to scale: the v_k of "nc3_weighted"."""
    rooted = np.sqrt(counts)[:, None] * means
    return np.asarray(counts.size * rooted - rooted.sum(axis=-2, keepdims=True))


def _checked_frame(frame: Frame, name: str, num_classes: int) -> Grams:
    """Return a target's matrices, all finite and (K, K), scaled."""
    shape = (num_classes, num_classes)
    return Grams(
        _scaled(finite_array(frame.logits, f"logits of target {name!r}", shape)),
        _scaled(finite_array(frame.classifier_gram, f"classifier_gram of target {name!r}", shape)),
        _scaled(finite_array(frame.embedding_gram, f"embedding_gram of target {name!r}", shape)),
    )


def _norms_and_angles(vectors: FloatArray, name: str) -> dict[str, FloatArray]:
    """Spread of norms and of cosines, and the distance of cosines from a simplex ETF."""
    norms = np.linalg.norm(vectors, axis=-1)
    num_classes = norms.shape[-1]
    cosines = _cosines(vectors)[..., ~np.eye(num_classes, dtype=bool)]
    spread = np.sqrt(_mean(np.square(cosines - _mean(cosines)[..., None])))
    return {
        f"nc2_norms_{name}": _ratio(norms.std(axis=-1), norms.mean(axis=-1)),
        f"nc2_angles_{name}": spread,
        f"nc2_etf_{name}": _mean(np.abs(cosines + 1 / (num_classes - 1))),
    }


def _scaled(matrices: FloatArray) -> FloatArray:
    """Divide by the largest magnitude, so that squares neither overflow nor vanish."""
    largest = np.abs(matrices).max(axis=(-1, -2), keepdims=True)
    return np.asarray(matrices / np.where(largest > 0, largest, 1.0))


def _gram(vectors: FloatArray) -> FloatArray:
    """Inner products of the rows, (..., K, K)."""
    return np.asarray(vectors @ np.swapaxes(vectors, -1, -2))


def _cosines(vectors: FloatArray) -> FloatArray:
    """Cosines between the rows, (..., K, K); NaN for a zero row."""
    units = _ratio(vectors, np.linalg.norm(vectors, axis=-1, keepdims=True))
    return _gram(units)


def _shape_distance(matrices: FloatArray, target: FloatArray) -> FloatArray:
    """Frobenius distance between matrices of Frobenius norm 1, over the last two axes."""
    shapes = [
        _ratio(a, np.linalg.norm(a, axis=(-1, -2), keepdims=True)) for a in (matrices, target)
    ]
    return np.asarray(np.linalg.norm(shapes[0] - shapes[1], axis=(-1, -2)))


def _mean(values: FloatArray) -> FloatArray:
    """Mean over the last axis of what is not NaN; NaN if nothing is left."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Quotient, NaN where the denominator is 0."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    undefined = np.full(top.shape, np.nan)
    return np.asarray(np.divide(top, bottom, out=undefined, where=bottom != 0))
