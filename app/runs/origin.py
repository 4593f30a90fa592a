"""Where a run comes from: when and how long, on what, with which versions."""

import platform
import sys
from datetime import UTC, datetime

_LIBRARIES = ("numpy", "scipy", "numba", "torch")


def provenance(seconds: float, *, complete: bool = True) -> dict[str, str]:
    """Describe a computation that has just ended.

    Parameters
    ----------
    seconds : float
        Time it took.
    complete : bool
        Whether it came to its end.

    Returns
    -------
    dict of str to str
        "created" (UTC, ISO 8601), "seconds", "complete" ("yes" or "no"), "machine", "python"
        and the version of each numerical library that the process has loaded.
    """
    versions = {
        name: str(getattr(sys.modules[name], "__version__", ""))
        for name in _LIBRARIES
        if name in sys.modules
    }
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": f"{seconds:.3g}",
        "complete": "yes" if complete else "no",
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions,
    }
