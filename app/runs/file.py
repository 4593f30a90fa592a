"""One run as one self-describing .safetensors file."""

import errno
import json
import math
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from app.errors import UserError
from app.runs.run import Run
from app.runs.words import parse_json, shown
from app.spec import KINDS, Spec, to_text

FORMAT = "collapse-lab run"
SCHEMA = "1"
SUFFIX = ".safetensors"
PARTIAL = ".partial"

_LARGEST_FILE = 2**30
# The library reads a header of up to 100 MB; a thousand arrays and the metadata stay below this.
_LARGEST_HEADER = 4 * 2**20
_DTYPES = {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U8", "U16", "U32", "U64", "BOOL"}


class DamagedFileError(UserError):
    """The file is no run, or not a whole one, and never will be."""


class AbsentFileError(UserError):
    """There is no such file, or no longer."""


class Header(NamedTuple):
    """What a file says about its run, read without its arrays.

    Attributes
    ----------
    spec : Spec
    metrics : dict of str to float
    provenance : dict of str to str
    shapes : dict of str to tuple of int
        Of the arrays, by name.
    size : int
        Bytes of the file.
    """

    spec: Spec
    metrics: dict[str, float]
    provenance: dict[str, str]
    shapes: dict[str, tuple[int, ...]]
    size: int


def run_bytes(run: Run) -> bytes:
    """Return the content of a run's file.

    Metrics that are not finite are stored as undefined and read back as NaN.
    """
    # Not ascontiguousarray, which turns a number into a row of one.
    arrays = {name: np.asarray(run.arrays[name], order="C") for name in run.arrays}
    return save(arrays, _metadata(run))


def write_run(run: Run, path: Path) -> None:
    """Write a run so that the file is either whole or not there, even after a power cut.

    Raises
    ------
    UserError
        If the file cannot be written; what was there before stays as it was.
    """
    content = run_bytes(run)
    partial = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_through(partial, content)
            os.replace(partial, path)
            _note_names(path.parent)
        finally:
            # Gone if all went well; where it cannot be removed there is another error to tell.
            with suppress(OSError):
                partial.unlink()
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"the run cannot be stored as {shown(path.name)} ({reason}).") from error


def _write_through(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _note_names(folder: Path) -> None:
    """Wait until the disk has the names in a folder, where the system knows such a thing."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _metadata(run: Run) -> dict[str, str]:
    metrics = {k: float(v) if math.isfinite(v) else None for k, v in run.metrics.items()}
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "kind": type(run.spec).__name__,
        "version": str(run.spec.schema_version),
        "spec": run.spec.model_dump_json(),
        "metrics": json.dumps(metrics, allow_nan=False),
        "provenance": json.dumps(dict(run.provenance)),
    }


def read_run(path: Path) -> Run:
    """Read a run; each array is read from the file when it is first asked for.

    Raises
    ------
    DamagedFileError
        If the file is no run, or not a whole one.
    AbsentFileError
        If there is no such file.
    UserError
        If it cannot be opened, or is of a version or kind that this app does not read.
    """
    header = read_header(path)
    return Run(header.spec, _Arrays(path, header.shapes), header.metrics, header.provenance)


def read_header(path: Path) -> Header:
    """Read what a file says about its run; raises what `read_run` does."""
    size = _checked_size(path)
    with _opened(path) as file:
        metadata = file.metadata() or {}
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        shapes = {name: tuple(part.get_shape()) for name, part in slices.items()}
        dtypes = {part.get_dtype() for part in slices.values()}
    if metadata.get("format") != FORMAT:
        raise DamagedFileError(f"{shown(path.name)} is no run of this app.")
    if not dtypes <= _DTYPES:
        raise DamagedFileError(f"{shown(path.name)} holds arrays that are no plain numbers.")
    return Header(
        _spec(metadata, path.name),
        _numbers(metadata.get("metrics", ""), f"the metrics of {shown(path.name)}"),
        _texts(metadata.get("provenance", ""), f"the provenance of {shown(path.name)}"),
        shapes,
        size,
    )


class _Arrays(Mapping[str, NDArray[Any]]):
    """Arrays of a file by name, each read when it is first asked for."""

    def __init__(self, path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._path = path
        self._shapes = shapes
        self._read: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            if name not in self._shapes:
                raise KeyError(name)
            with _opened(self._path) as file:
                self._read[name] = file.get_tensor(name)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def _checked_size(path: Path) -> int:
    """Size of a file that is not too large to look into."""
    with _told(path):
        status = path.stat()  # once: another server may delete it in any moment
        if not stat.S_ISREG(status.st_mode):  # a pipe would never be opened
            raise OSError(errno.EINVAL, "it is no file")
        size = status.st_size
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
    if size > _LARGEST_FILE:
        raise DamagedFileError(f"{shown(path.name)} must have at most {_LARGEST_FILE:,} bytes.")
    if header > min(size, _LARGEST_HEADER):
        raise DamagedFileError(f"{shown(path.name)} is no run, or was cut short.")
    return size


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open with the library, which checks that the arrays cover the file exactly.

    It reads rather than maps: a page of a mapping that cannot be had, as of a file that is cut
    meanwhile or lies on a share that is gone, ends the process.
    """
    with _told(path):
        try:
            with safe_open(path, "numpy", backend="pread") as file:
                yield file
        except SafetensorError as error:
            raise DamagedFileError(f"{shown(path.name)} is no run, or was cut short.") from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn a file that cannot be opened into a sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise AbsentFileError(f"{shown(path.name)} is not there any more.") from error
    except OSError as error:
        # Without a reason of the system's, the library's words may tell where the file is.
        reason = error.strerror or type(error).__name__
        raise UserError(f"{shown(path.name)} cannot be read ({reason}).") from error


def _spec(metadata: Mapping[str, str], name: str) -> Spec:
    """The settings of a file, if this app still reads them."""
    kind = KINDS.get(metadata.get("kind", ""))
    if metadata.get("schema") != SCHEMA:
        raise UserError(
            f"{shown(name)} has file schema {shown(metadata.get('schema'))}; "
            f"this app reads {SCHEMA}."
        )
    if kind is None:
        raise UserError(
            f"{shown(name)} is a run of kind {shown(metadata.get('kind', ''))}, "
            "which this app does not know."
        )
    version = metadata.get("version", "")
    if version not in map(str, range(1, kind.schema_version + 1)):
        raise UserError(
            f"{shown(name)} was made with version {shown(version)} of {kind.__name__}; "
            f"this app reads up to {kind.schema_version}."
        )
    fields = _table(metadata.get("spec", ""), f"the settings of {shown(name)}")
    if version != str(kind.schema_version):
        return _older(kind, version, fields, name)
    try:
        return kind(**fields)
    except ValidationError as error:
        raise UserError(f"{shown(name)} holds settings that are not allowed.") from error


def _older(kind: type[Spec], version: str, fields: dict[str, Any], name: str) -> Spec:
    """Settings of an earlier schema version, as this one has them: through a link's texts."""
    texts = {k: to_text(tuple(v) if isinstance(v, list) else v) for k, v in fields.items()}
    spec, problems = kind.from_query(texts | {"v": version})
    if problems:
        raise UserError(f"{shown(name)} holds settings that are not allowed.")
    return spec


def _table(text: str, what: str) -> dict[str, Any]:
    try:
        table = parse_json(text, what)
    except UserError as error:
        raise DamagedFileError(str(error)) from error
    if not isinstance(table, dict):
        raise DamagedFileError(f"{what} must be values by name.")
    return table


def _numbers(text: str, what: str) -> dict[str, float]:
    table = _table(text, what)
    if not all(v is None or (type(v) in (int, float) and abs(v) < 1e308) for v in table.values()):
        raise DamagedFileError(f"{what} must be finite numbers.")
    return {name: math.nan if value is None else float(value) for name, value in table.items()}


def _texts(text: str, what: str) -> dict[str, str]:
    table = _table(text, what)
    if not all(isinstance(value, str) for value in table.values()):
        raise DamagedFileError(f"{what} must be text.")
    return table
