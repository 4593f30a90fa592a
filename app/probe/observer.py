"""What all heads of a comparison do on test and validation rows, kept up to date in part."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.probe.judge import Findings, Jury
from app.probe.state import State

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Observer:
    """Findings of H heads.

    Parameters
    ----------
    test : Jury
    validation : Jury or None
    heads : int
        H.
    """

    def __init__(self, test: Jury, validation: Jury | None, heads: int) -> None:
        self._test, self._validation = test, validation
        shape = heads, test.groups.size
        self.findings = Findings(*(np.full(shape, np.nan) for _ in Findings._fields))
        self._validation_recalls = np.full(shape, np.nan)

    def look(self, state: State, rows: IntArray) -> None:
        """Judge some heads as they now are; ``state`` is of all."""
        part = state.take(rows)
        for kept, found in zip(self.findings, self._test.judge(part), strict=True):
            kept[rows] = found
        if self._validation is not None:
            self._validation_recalls[rows] = self._validation.judge(part, measured=False).recalls

    def count(self, head: int, scores: Callable[[Jury], FloatArray]) -> None:
        """Judge a head by votes (N, K), which have no magnitude."""
        self.findings.magnitude[head] = self.findings.deviation[head] = np.nan
        self.findings.recalls[head] = _recalls(self._test, scores)
        if self._validation is not None:
            self._validation_recalls[head] = _recalls(self._validation, scores)

    def scores(self) -> tuple[FloatArray, FloatArray | None]:
        """Every metric on test and on validation rows, (H, Q)."""
        test = self._test.scores(self.findings.recalls)
        if self._validation is None:
            return test, None
        return test, self._validation.scores(self._validation_recalls)


def _recalls(jury: Jury, scores: Callable[[Jury], FloatArray]) -> FloatArray:
    correct = scores(jury).argmax(axis=1) == jury.labels
    return np.asarray(jury.recalls(correct[None])[0])
