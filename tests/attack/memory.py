"""Memory of a server and all its children, sampled while an attack runs.

What arrives is in there: Streamlit holds a file twice while it receives it.
"""

import threading
from pathlib import Path

_INTERVAL = 0.02


class Watch:
    """Samples proportional set sizes; keeps the largest growth during an attack.

    Attributes
    ----------
    worst : int
        Bytes.
    """

    def __init__(self, process: int | None) -> None:
        self.worst = 0
        self._process = process
        self._base: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        if process is not None:
            self._thread.start()

    def begin(self) -> None:
        """An attack begins."""
        if self._process is not None:
            self._base = _memory(self._process)

    def end(self) -> None:
        """It was answered."""
        self._base = None

    def stop(self) -> None:
        """No more attacks come."""
        self._stopped.set()
        if self._process is not None:
            self._thread.join()

    def _sample(self) -> None:
        assert self._process is not None
        while not self._stopped.wait(_INTERVAL):
            if (base := self._base) is not None:
                self.worst = max(self.worst, _memory(self._process) - base)


def _memory(process: int) -> int:
    """Proportional set size of a process and what it started, in bytes."""
    found, todo = 0, [process]
    while todo:
        pid = todo.pop()
        folder = Path(f"/proc/{pid}")
        try:
            for task in (folder / "task").iterdir():
                todo.extend(int(child) for child in (task / "children").read_text().split())
            rollup = (folder / "smaps_rollup").read_text()
        except OSError:
            continue  # gone meanwhile
        found += 1024 * sum(
            int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
        )
    return found
