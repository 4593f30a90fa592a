"""The gamma that the spread of an upload's features predicts."""

import numpy as np
from numpy.typing import NDArray

from app.data import Upload
from app.theory.spread import SpreadFit, feature_spread, fit_spread

__all__ = ["SpreadFit", "feature_spread", "fit_spread", "upload_spread"]

IntArray = NDArray[np.int64]


def upload_spread(upload: Upload, rows: IntArray) -> SpreadFit | None:
    """Fit the spread of training features if the file has it, else that of some of its rows.

    Parameters
    ----------
    upload : Upload
        With labels and class counts.
    rows : (M,) int64 array
        Those that tune.
    """
    assert upload.labels is not None
    assert upload.class_counts is not None
    counts = upload.class_counts
    if upload.class_spread is not None:
        return fit_spread(counts, upload.class_spread)
    if upload.features is None:
        return None
    spread = feature_spread(upload.features[rows], upload.labels[rows], counts.size)
    return fit_spread(counts, spread)
