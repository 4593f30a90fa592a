"""Building the bundled samples and feature sets; what a build needs is imported while it runs."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.data.build.container import to_bytes, write_atomically
from app.data.build.fashion import FOLDER, PACKAGE, read_fashion
from app.data.build.recipe import RECIPES, TEXT_RECIPES
from app.errors import UserError

__all__ = ["FEATURES", "FOLDER", "RECIPES", "TEXT_RECIPES", "build"]

FEATURES = ("cldr-lt", "fashion-lt", "kjv-books")
"""Names of the feature sets that are files; fashion-lt comes of the training of its sample."""

_ASSETS = Path(__file__).resolve().parents[3] / "assets"
_FASHION = {
    "licence": "Expat (MIT), Copyright 2017 Zalando SE; see LICENSE-fashion-mnist",
    "provenance": f"Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), Debian package {PACKAGE}",
}
Progress = Callable[[float, str], None]


def build(
    name: str,
    *,
    source: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Train the network of a bundled sample or feature set and write its files.

    Images take a few minutes on two cores, texts one. Equal recipe, library versions, machine
    and number of threads give equal bytes, the date aside, which ``SOURCE_DATE_EPOCH`` can fix.

    Parameters
    ----------
    name : str
        One of ``RECIPES`` or ``TEXT_RECIPES``.
    source : Path, optional
        Folder of the Fashion-MNIST idx files; by default where Debian puts them.
    out : Path, optional
        File to write; by default ``assets/samples/<name>.safetensors`` for a sample and
        ``assets/features/<name>.safetensors`` for features. The features beside a sample are
        then written beside it, with ``-features`` after the name.
    progress : callable, optional
        Called after each epoch with the share done and a line of text.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    UserError
        If the name is unknown or the data set is not installed.
    """
    progress = progress or (lambda share, text: None)
    if name in RECIPES:
        return _build_images(name, source, out, progress)
    if name in TEXT_RECIPES:
        return (_build_texts(name, out, progress),)
    known = ", ".join(sorted([*RECIPES, *TEXT_RECIPES]))
    raise UserError(f"name must be one of {known}, got {name!r}.")


def _build_images(
    name: str, source: Path | None, out: Path | None, progress: Progress
) -> tuple[Path, ...]:
    data = read_fashion(source)
    from app.data.build.features import feature_bytes
    from app.data.build.sample import fit, make_features, make_sample

    fitted = fit(RECIPES[name], data, progress)
    sample = make_sample(fitted)
    path = _default("samples", name) if out is None else out
    write_atomically(path, to_bytes(sample.arrays, {**sample.metadata, **_FASHION, **_made(name)}))
    if name not in FEATURES:
        return (path,)
    beside = _default("features", name) if out is None else out.with_stem(f"{out.stem}-features")
    features = make_features(fitted, name)
    write_atomically(beside, feature_bytes(features, {**_FASHION, **_made(name)}))
    return path, beside


def _build_texts(name: str, out: Path | None, progress: Progress) -> Path:
    from app.data.build.features import feature_bytes
    from app.data.build.texts import make_text_features

    path = _default("features", name) if out is None else out
    features = make_text_features(name, TEXT_RECIPES[name], progress)
    write_atomically(path, feature_bytes(features, _made(name)))
    return path


def _default(folder: str, name: str) -> Path:
    return _ASSETS / folder / f"{name}.safetensors"


def _made(name: str) -> dict[str, str]:
    return {"built": _today(), "command": f"python -m app data build {name}"}


def _today() -> str:
    """Date in UTC, or the one of SOURCE_DATE_EPOCH where a reproducible build sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(int(epoch), UTC)
    return now.date().isoformat()
