"""Collapse Lab: an interactive laboratory for the last layer of imbalanced classifiers."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

__version__ = "0.1.0"


def _find_room_for_compiled_code() -> None:
    """Name a temporary folder to numba where it can write neither here nor at home.

    It would refuse to define the kernels there, as in a container whose disk is read-only. The
    folder is new each time: what is loaded from it must be nobody else's.
    """
    places = (Path(__file__).parent, Path(os.path.expanduser("~")))
    if "NUMBA_CACHE_DIR" in os.environ or any(os.access(place, os.W_OK) for place in places):
        return
    os.environ["NUMBA_CACHE_DIR"] = folder = tempfile.mkdtemp(prefix="collapse-lab-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


_find_room_for_compiled_code()
