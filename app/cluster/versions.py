"""What must be equal on all machines for their results to be."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.errors import UserError

_LIBRARIES = {
    "NumPy": "numpy",
    "SciPy": "scipy",
    "Numba": "numba",
    "PyTorch": "torch",
    "scikit-learn": "scikit-learn",
    "Dask": "dask",
    "distributed": "distributed",
}
_APP = Path(__file__).resolve().parents[1]
# What only shows results may differ.
_SHOWS = frozenset({"ui", "figures", "commands"})


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of the numerical libraries and of this app's own code."""
    python = ".".join(platform.python_version_tuple()[:2])
    libraries = {name: _version(package) for name, package in _LIBRARIES.items()}
    return {"Python": python, **libraries, "the code of the app": _fingerprint()}


def check_versions(theirs: Mapping[str, str], ours: Mapping[str, str], where: str) -> None:
    """Refuse the first difference between what a machine has and what this app has.

    Raises
    ------
    UserError
        In one sentence.
    """
    for name, expected in ours.items():
        if (found := theirs.get(name, "none")) != expected:
            raise UserError(
                f"{where} must have the same versions as the app: {name} is {found} there and "
                f"{expected} here."
            )


def _version(package: str) -> str:
    """Without the local part: builds for processors and for CUDA are the same version."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return "none"


def _fingerprint() -> str:
    """SHA-256, cut to 12 digits, of all modules that compute."""
    content = hashlib.sha256()
    for path in sorted(_APP.rglob("*.py")):
        place = path.relative_to(_APP)
        if place.parts[0] not in _SHOWS:
            content.update(f"{place.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]
