"""What the user names on the command line: a file or sample, its labels and class counts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.commands.output import shown_path
from app.data import (
    COMMAND_LINE,
    AmbiguousKeys,
    Upload,
    parse_counts,
    read_counts,
    read_upload,
)
from app.data.bundled import SAMPLES
from app.errors import UserError
from app.longtail import Profile, class_counts

_NUMBERS = re.compile(r"[\d\s.,;+-]+")


def sample_name(file: str) -> str:
    """Name of the bundled sample that is meant, or "" if a path is; a file goes first."""
    return file if file in SAMPLES and not Path(file).exists() else ""


def read_input(file: str, labels: str | None, keys: Mapping[str, str | None]) -> Upload:
    """Read a path or a bundled sample, with labels from a second file if one is given.

    Parameters
    ----------
    file : str
        Path, or name of a bundled sample.
    labels : str, optional
        Path.
    keys : mapping of role to key
        See `app.data.read_upload`.

    Raises
    ------
    UserError
        If a file cannot be used; where the user has to choose a key it says how.
    """
    path = SAMPLES[file] if sample_name(file) else _existing(file, _no_sample())
    second = None if labels is None else _existing(labels)
    try:
        return read_upload(
            path,
            path.name,
            labels_file=second,
            labels_name=None if second is None else second.name,
            keys=keys,
            limits=COMMAND_LINE,
        )
    except AmbiguousKeys as error:
        raise UserError(f"{str(error).rstrip('.')} with --key {error.role}=NAME.") from error


def _no_sample() -> str:
    return f"; the bundled samples are {', '.join(SAMPLES)}" if SAMPLES else ""


def _existing(file: str, otherwise: str = "") -> Path:
    """Return the path of a file, or raise `UserError`."""
    path = Path(file)
    try:
        if file and path.is_dir():
            raise UserError(f"{shown_path(file)} is a directory; a file is needed.")
        if path.is_file():
            return path
    except OSError as error:
        raise UserError(f"{shown_path(file)} cannot be opened ({error.strerror}).") from error
    raise UserError(f"{shown_path(file)}: there is no such file{otherwise}.")


def with_counts(
    upload: Upload,
    counts: str | None,
    profile: Profile | None,
    head: int | None,
    ratio: float | None,
) -> Upload:
    """Return the upload with the class counts the user gave, in one of three ways.

    Parameters
    ----------
    upload : Upload
    counts : str, optional
        Path of a file of counts, or the numbers.
    profile, head, ratio : optional
        Of `app.longtail.class_counts`, class 0 the head; all or none of them.

    Raises
    ------
    UserError
        If they do not fit, or neither the user nor the file gives any.
    """
    synthetic = (profile, head, ratio) != (None, None, None)
    if counts is not None and synthetic:
        raise UserError("--counts excludes --profile, --head and --ratio.")
    if counts is not None:
        return replace(upload, class_counts=_read_counts(counts, upload))
    if synthetic:
        if profile is None or head is None or ratio is None:
            raise UserError("--profile, --head and --ratio belong together; give all three.")
        numbers = class_counts(upload.logits.shape[1], head, ratio, profile)
        return replace(upload, class_counts=numbers)
    if upload.class_counts is None:
        raise UserError(
            f"{upload.name} holds no class counts: give the training samples of each class with "
            "--counts FILE, with --counts 5000,3000,..., or with --profile exponential "
            "--head 5000 --ratio 100."
        )
    return upload


def _read_counts(counts: str, upload: Upload) -> NDArray[np.int64]:
    num_classes = upload.logits.shape[1]
    if _NUMBERS.fullmatch(counts) or not counts:
        return parse_counts(counts, num_classes)
    path = _existing(counts, " and no list of numbers such as 5000,3000,20")
    try:
        return read_counts(path, path.name, num_classes, upload.class_names, limits=COMMAND_LINE)
    except AmbiguousKeys as error:
        found = str(error).rpartition(";")[0]
        raise UserError(f"{found}; give a file with only one of them.") from error
