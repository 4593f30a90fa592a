"""Building the bundled samples; torch is imported only while one is built."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.data.build.container import to_bytes, write_atomically
from app.data.build.fashion import FOLDER, PACKAGE, read_fashion
from app.data.build.recipe import RECIPES
from app.errors import UserError

__all__ = ["FOLDER", "RECIPES", "build"]

_SAMPLES = Path(__file__).resolve().parents[3] / "assets" / "samples"
_LICENCE = "Expat (MIT), Copyright 2017 Zalando SE; see LICENSE-fashion-mnist"


def build(
    name: str,
    *,
    source: Path | None = None,
    out: Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Path:
    """Train the network of a bundled sample and write its file.

    Takes a few minutes on two cores. Equal recipe, library versions, machine and number of
    torch threads give equal bytes, the date aside, which ``SOURCE_DATE_EPOCH`` can fix.

    Parameters
    ----------
    name : str
        One of ``RECIPES``.
    source : Path, optional
        Folder of the Fashion-MNIST idx files; by default where Debian puts them.
    out : Path, optional
        File to write; by default ``assets/samples/<name>.safetensors``.
    progress : callable, optional
        Called after each epoch with the share done and a line of text.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    UserError
        If the name is unknown or the data set is not installed.
    """
    if name not in RECIPES:
        raise UserError(f"name must be one of {', '.join(sorted(RECIPES))}, got {name!r}.")
    data = read_fashion(source)
    from app.data.build.sample import make_sample

    sample = make_sample(RECIPES[name], data, progress or (lambda share, text: None))
    metadata = {
        **sample.metadata,
        "licence": _LICENCE,
        "provenance": f"Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), Debian package {PACKAGE}",
        "built": _today(),
        "command": f"python -m app data build {name}",
    }
    path = _SAMPLES / f"{name}.safetensors" if out is None else out
    write_atomically(path, to_bytes(sample.arrays, metadata))
    return path


def _today() -> str:
    """Date in UTC, or the one of SOURCE_DATE_EPOCH where a reproducible build sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return now.date().isoformat()
