"""A store and a runner of a test's own, in place of those that pages share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.ui import jobs


@contextmanager
def own_store(folder: Path) -> Iterator[None]:
    """Have pages keep their runs in a folder until the block ends, and then end what they run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLLAPSE_LAB_RUNS", str(folder / "runs"))
        _forget()
        yield
        jobs.runner().close()
        _forget()


def _forget() -> None:
    jobs.store.clear()
    jobs.runner.clear()
