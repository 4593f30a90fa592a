"""A long-tailed data set as frozen features: what classifier re-training starts from."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rows(NamedTuple):
    """Features of some samples, and their classes.

    Attributes
    ----------
    features : (N, d) float32 array
    labels : (N,) int64 array
        0..K-1.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Features of disjoint training, validation and test rows, with the stage-1 classifier.

    Attributes
    ----------
    name : str
        Name to show, on one line; never used as a path.
    train, test : Rows
        Every class occurs in both.
    class_counts : (K,) int64 array
        Training rows of each class, all at least 1.
    val : Rows or None
        Rows to choose parameters on, of every class; None if there are none.
    class_names : tuple of K str or None
        Plain text, whatever it looks like.
    weights : (K, d) float32 array or None
        Rows of the classifier fitted together with the features (stage 1); None where it would
        have to be fitted anew.
    bias : (K,) float32 array or None
        Its bias; there whenever `weights` is.
    notes : tuple of str
        What was converted or assumed while reading, one sentence each.
    metadata : dict of str
        Provenance. Bundled sets say ``title``, ``licence``, ``provenance``, ``recipe`` (JSON,
        with the seed), the versions of the libraries, ``accuracy`` of stage 1 (JSON, see
        `app.data.build.features.stage1_accuracy`) and the ``command`` that builds them.
    """

    name: str
    train: Rows
    test: Rows
    class_counts: NDArray[np.int64]
    val: Rows | None = None
    class_names: tuple[str, ...] | None = None
    weights: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.class_counts)

    @property
    def dim(self) -> int:
        """Width d of the features."""
        return int(self.train.features.shape[1])
