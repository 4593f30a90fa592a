"""Which rows tune and which judge."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

IntArray = NDArray[np.int64]
Judge = Literal["folds", "split", "same"]


class Protocol(NamedTuple):
    """Which rows tune and which judge.

    Attributes
    ----------
    pairs : list of (rows, rows)
        Tuning and judging rows of each round.
    final : (M,) int64 array
        Rows that tune the parameters one takes home.
    sentence : str
        The protocol in words, to show beside every number.
    """

    pairs: list[tuple[IntArray, IntArray]]
    final: IntArray
    sentence: str

    @property
    def judged(self) -> IntArray:
        """All rows judged, in order."""
        return np.sort(np.concatenate([rows for _, rows in self.pairs]))


def make_protocol(
    judge: Judge,
    labels: IntArray,
    split: NDArray[np.str_] | None = None,
    folds: int = 5,
    seed: int = 0,
    rows: IntArray | None = None,
) -> Protocol:
    """Divide rows into those that tune and those that judge.

    Parameters
    ----------
    judge : {"folds", "split", "same"}
    labels : (N,) int64 array
    split : (N,) array of "tune" or "judge", optional
        Needed for "split".
    folds : int
        Number of stratified folds, at least 2; a class with fewer samples than folds is missing
        from some.
    seed : int
        Of the shuffle before folding.
    rows : (M,) int64 array, optional
        Use these rows only.

    Raises
    ------
    UserError
        If there is no split where one is needed, or too few rows to fold.
    """
    rows = np.arange(labels.size) if rows is None else rows
    if judge == "same":
        return Protocol(
            [(rows, rows)],
            rows,
            f"tuned and judged on the same {rows.size:,} samples (optimistic)",
        )
    if judge == "split":
        if split is None:
            raise UserError("split is not in the file: choose folds, or upload rows with a split.")
        tune, judged = (rows[split[rows] == part] for part in ("tune", "judge"))
        if not (tune.size and judged.size):
            raise UserError("split must mark some rows for tuning and some for judging.")
        sentence = f"tuned on {tune.size:,} validation samples, judged on {judged.size:,} others"
        return Protocol([(tune, judged)], tune, sentence)
    if not 2 <= folds <= rows.size:
        raise UserError(f"folds must be between 2 and the {rows.size:,} samples, got {folds}.")
    pairs = _stratified(labels, rows, folds, seed)
    sentence = (
        f"{folds} stratified folds of {rows.size:,} samples (seed {seed}): "
        "each sample is judged with parameters tuned without its fold"
    )
    return Protocol(pairs, rows, sentence)


def _stratified(
    labels: IntArray, rows: IntArray, folds: int, seed: int
) -> list[tuple[IntArray, IntArray]]:
    import warnings

    from sklearn.model_selection import StratifiedKFold

    folder = StratifiedKFold(folds, shuffle=True, random_state=seed)
    largest = np.bincount(labels[rows]).max()
    if largest < folds:
        raise UserError(
            f"folds must be at most {largest}, the samples of the largest class, got {folds}."
        )
    with warnings.catch_warnings():
        # Classes smaller than the number of folds are expected here.
        warnings.simplefilter("ignore", UserWarning)
        return [(rows[a], rows[b]) for a, b in folder.split(rows, labels[rows])]
