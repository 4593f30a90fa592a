"""A multi-center model in the coordinates of its own frame.

Training does not depend on how frame and features are turned together. So class vectors are the
first K axes here and arms the next F, and the inner product of a feature with a center is a sum of
two of its coordinates: a step costs as much as looking at every number once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.centers.spec import CentersSpec, LossName
from app.theory import CenterFrame, center_frame

Array = NDArray[np.float64]
Matrix = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Model:
    """What is trained.

    Attributes
    ----------
    counts : (K,) int64 array
        Samples of each class; features are sorted by class.
    frame : CenterFrame
        Along the axes.
    loss : str
    learned : bool
        Whether the lengths of the frame's vectors are learned (loss P).
    weight_decay, feature_decay, norm_decay : float
    """

    counts: IntArray
    frame: CenterFrame
    loss: LossName
    learned: bool
    weight_decay: float
    feature_decay: float
    norm_decay: float

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.counts)

    @cached_property
    def labels(self) -> IntArray:
        """Class of each feature, (N,), ascending."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def blocks(self) -> list[tuple[slice, slice]]:
        """Rows of the features of each class and columns of the arms of its centers."""
        ends, K = np.cumsum(self.counts), self.num_classes
        first = K + self.frame.starts
        return [
            (slice(end - n, end), slice(start, start + f))
            for n, end, start, f in zip(self.counts, ends, first, self.frame.per_class, strict=True)
        ]

    @property
    def total(self) -> float:
        """S, samples times centers, summed over classes."""
        return float(self.counts @ self.frame.per_class)


def model_of(spec: CentersSpec) -> Model:
    """Return the model that settings ask for."""
    return Model(
        counts=np.array(spec.counts, np.int64),
        frame=center_frame(spec.per_class, spec.theta, spec.dim, seed=None),
        loss=spec.loss,
        learned=spec.frame == "learned",
        weight_decay=spec.weight_decay,
        feature_decay=spec.feature_decay,
        norm_decay=spec.norm_decay,
    )


def start_of(spec: CentersSpec, model: Model) -> Matrix:
    """Return the features training starts from, (N, d) Gaussian: of any direction alike."""
    random = np.random.default_rng(spec.seed)
    size = len(model.labels), model.frame.dim
    return np.asarray(random.normal(size=size) * (spec.init_scale / np.sqrt(size[1])))
