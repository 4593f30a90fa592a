"""What a file of logits holds once it has been read and checked."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError


class UploadError(UserError):
    """A file cannot be used; the message says what was wrong, where, and what is allowed."""


@dataclass(frozen=True, eq=False)
class Upload:
    """Checked logits with what else the file held.

    Attributes
    ----------
    name : str
        Name to show; never used as a path.
    logits : (N, K) float32 or float64 array
        C-contiguous, native byte order, finite.
    labels : (N,) int64 array or None
        0..K-1; None if the file had none.
    class_counts : (K,) int64 array or None
        Training samples of each class, all at least 1; None if the file had none.
    class_names : tuple of K str or None
    split : (N,) array of "tune" or "judge", or None
        Which rows choose the parameter (a validation split) and which judge it (a test split).
    weights : (K, d) array or None
        Classifier rows.
    bias : (K,) array or None
    features : (N, d) array or None
        Penultimate features of the rows.
    class_means : (K, d) array or None
        Mean training feature of each class.
    notes : tuple of str
        What was converted or assumed while reading, one sentence each.
    metadata : dict of str
        Provenance stored with the file.
    """

    name: str
    logits: NDArray[np.floating]
    labels: NDArray[np.int64] | None = None
    class_counts: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] | None = None
    split: NDArray[np.str_] | None = None
    weights: NDArray[np.floating] | None = None
    bias: NDArray[np.floating] | None = None
    features: NDArray[np.floating] | None = None
    class_means: NDArray[np.floating] | None = None
    notes: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
