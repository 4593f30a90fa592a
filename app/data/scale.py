"""Whether scores are logits, probabilities or log-probabilities, and how to change them.

Post-hoc adjustment by multiplication depends on where zero is: probabilities are all positive
and log-probabilities all negative, so that a factor does the opposite of what it does to logits
around zero. The page therefore says which scale it sees and offers to take logarithms or to
subtract the mean of each row.
"""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.data.checks import check_finite, row_chunks
from app.data.upload import Upload, UploadError
from app.data.words import quoted

ScoreScale = Literal["logits", "probabilities", "log-probabilities"]
Conversion = Literal["as-is", "log", "center"]
TOLERANCE = 0.01
"""How far the sum of a row may be from 1: half-precision rounding of 1,000 classes stays below."""


def score_scale(logits: NDArray[np.floating]) -> ScoreScale:
    """Return what scores look like; all rows have to agree.

    Rows in [0, 1] that sum to 1 are probabilities; rows at most 0 whose exponentials sum to 1
    are log-probabilities. Ordinary logits are recognised after a few rows.

    Parameters
    ----------
    logits : (N, K) array
    """
    probabilities, logarithms = True, True
    for rows in row_chunks(logits):
        chunk = logits[rows]
        low, high = chunk.min(), chunk.max()
        probabilities = probabilities and low >= 0 and high <= 1 + TOLERANCE
        logarithms = logarithms and high <= TOLERANCE
        probabilities = probabilities and _sums_to_one(chunk)
        logarithms = logarithms and _sums_to_one(np.exp(chunk))
        if not (probabilities or logarithms):
            return "logits"
    return "probabilities" if probabilities else "log-probabilities"


def _sums_to_one(chunk: NDArray[np.floating]) -> bool:
    return bool((np.abs(chunk.sum(axis=1, dtype=np.float64) - 1) <= TOLERANCE).all())


def to_logits(upload: Upload, how: Conversion) -> Upload:
    """Return the upload with its scores changed, and a note.

    Parameters
    ----------
    upload : Upload
        Not changed.
    how : {"as-is", "log", "center"}
        "log" takes natural logarithms; zeros become the logarithm of the smallest positive
        score of the file. "center" subtracts the mean of each row. They can follow each other.

    Raises
    ------
    UploadError
        If `how` is unknown, or "log" meets negative scores or no positive one.
    """
    if how == "as-is":
        return upload
    if how not in get_args(Conversion):
        allowed = ", ".join(get_args(Conversion))
        raise UploadError(f"how must be one of {allowed}; got {quoted(how)}.")
    scores, note = _log(upload.logits) if how == "log" else _center(upload.logits)
    return replace(upload, logits=scores, notes=(*upload.notes, note))


def _log(scores: NDArray[np.floating]) -> tuple[NDArray[np.floating], str]:
    smallest, zeros = np.inf, 0
    for rows in row_chunks(scores):
        chunk = scores[rows]
        if chunk.min() < 0:
            raise UploadError("logarithms need scores of at least 0; some are negative.")
        positive = chunk[chunk > 0]
        zeros += chunk.size - positive.size
        smallest = min(smallest, float(positive.min(initial=np.inf)))
    if smallest == np.inf:
        raise UploadError("logarithms need positive scores; all are 0.")
    changed = np.empty_like(scores)
    for rows in row_chunks(scores):
        np.log(np.maximum(scores[rows], scores.dtype.type(smallest)), out=changed[rows])
    note = "Scores were replaced by their logarithms."
    if zeros:
        note = f"{note[:-1]}; {zeros:,} zeros were first raised to the smallest, {smallest:.3g}."
    return changed, note


def _center(scores: NDArray[np.floating]) -> tuple[NDArray[np.floating], str]:
    changed = np.empty_like(scores)
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in row_chunks(scores):
            mean = scores[rows].mean(axis=1, keepdims=True, dtype=np.float64)
            np.subtract(scores[rows], mean.astype(scores.dtype), out=changed[rows])
    check_finite(changed, "scores less the mean of their row")
    return changed, "The mean of each row was subtracted from its scores."
