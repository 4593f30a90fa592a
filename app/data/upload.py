"""What a file of logits holds once it has been read and checked."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError


class UploadError(UserError):
    """A file cannot be used; the message says what was wrong, where, and what is allowed."""


class AmbiguousKeys(UploadError):  # noqa: N818  (named for what the page then asks)
    """Several arrays or columns of a file could play one role, and the user has to choose.

    Call `read_upload` again with ``keys={error.role: choice}``, or with None as the choice if
    none of them does.

    Attributes
    ----------
    role : str
        For example "logits" or "labels".
    candidates : tuple of str
        The keys as they are in the file, possibly long or odd: show them as plain text.
    """

    def __init__(self, role: str, candidates: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.role = role
        self.candidates = candidates


@dataclass(frozen=True, eq=False)
class Upload:
    """Checked logits with what else the file held.

    Attributes
    ----------
    name : str
        Name to show, on one line; never used as a path.
    logits : (N, K) float32 or float64 array
        C-contiguous, native byte order, finite.
    labels : (N,) int64 array or None
        0..K-1; None if the file had none.
    class_counts : (K,) int64 array or None
        Training samples of each class, all at least 1; None if the file had none.
    class_names : tuple of K str or None
        Plain text, whatever it looks like.
    split : (N,) array of "tune" or "judge", or None
        Which rows choose the parameter (a validation split) and which judge it (a test split).
    weights : (K, d) array or None
        Classifier rows.
    bias : (K,) array or None
    features : (N, d) array or None
        Penultimate features of the rows.
    class_means : (K, d) array or None
        Mean training feature of each class.
    class_spread : (K,) array or None
        Root mean squared distance of each class's training features to their mean.
    notes : tuple of str
        What was converted or assumed while reading, one sentence each.
    metadata : dict of str
        Provenance stored with the file.
    format : str
        What the content was: "npy", "npz", "safetensors", "csv", "parquet" or "pt"; empty if
        the logits did not come from a file.
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
    class_spread: NDArray[np.floating] | None = None
    notes: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    format: str = ""
