"""Labelled texts, and the packages they come from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError


@dataclass(frozen=True, eq=False)
class Texts:
    """Labelled texts of which no two are equal.

    Attributes
    ----------
    texts : tuple of N str
    labels : (N,) int64 array
        0..K-1.
    class_names : tuple of K str
    metadata : dict of str
        Licence, provenance and the version of the package.
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    metadata: dict[str, str]


def own_texts(classes: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return of each class, sorted, the texts that no other class has."""
    users = Counter(text for texts in classes.values() for text in texts)
    return {
        name: sorted(text for text in texts if users[text] == 1) for name, texts in classes.items()
    }


def build_package(module: str, package: str) -> Any:
    """Import a module of a package that only builds need.

    Raises
    ------
    UserError
        If the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(
            f"this build needs the package {package}: pip install -r requirements-build.txt."
        ) from error
