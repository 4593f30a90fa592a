"""UMAP of features, in a process of its own.

Importing and compiling UMAP takes tens of seconds, most of them with the interpreter locked: all
sessions of the server would wait.
"""

import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.errors import UserError
from app.runs import Snapshot
from app.spec import Spec

FEWEST_ROWS = 20
_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 600.0

Features = NDArray[np.floating]


class UmapSpec(Spec):
    """Which rows are embedded, and how: the defaults of umap-learn, and a seed."""

    rows: str = Field(
        pattern="^[0-9a-f]{16}$", title="Rows", description="Digest of the features, see `digest`."
    )
    neighbors: int = Field(15, ge=2, le=200, title="Neighbours", description="Of each row.")
    min_dist: float = Field(
        0.1, ge=0.0, le=0.99, title="Least distance", description="Between embedded rows."
    )
    seed: int = Field(0, ge=0, le=1_000_000, title="Seed", description="Of the embedding.")


def digest(features: Features) -> str:
    """Return 16 hexadecimal digits of SHA-256 over the shape and the float32 values."""
    values = np.ascontiguousarray(features, dtype="<f4")
    content = hashlib.sha256(f"{values.shape}".encode())
    content.update(values.data)
    return content.hexdigest()[:16]


def embedding(spec: UmapSpec, features: Features) -> Iterator[Snapshot]:
    """Embed features (N, d) and yield the "points" (N, 2), float16, once they are known.

    McInnes et al., 2018. The same every time on one machine with the same libraries; on another
    it is another map, as good as this.

    Raises
    ------
    UserError
        If the features are not those of the spec, there are too few rows, or it takes more than
        ten minutes.
    """
    if digest(features) != spec.rows:
        raise UserError(f"rows must be the digest of the features, {digest(features)}.")
    if len(features) <= max(FEWEST_ROWS - 1, spec.neighbors):
        raise UserError(
            f"UMAP needs at least {max(FEWEST_ROWS, spec.neighbors + 1)} rows, got {len(features)}."
        )
    yield Snapshot(0, {"points": _embedded(spec, features)}, {}, followed=())


def _embedded(spec: UmapSpec, features: Features) -> NDArray[np.float16]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.probe.embedding", spec.model_dump_json()],
            input=_packed(np.asarray(features, dtype=np.float32)),
            capture_output=True,
            cwd=_ROOT,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError("UMAP took more than ten minutes and was stopped.") from None
    if done.returncode:
        raise RuntimeError(f"UMAP failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return np.asarray(_unpacked(done.stdout), dtype=np.float16)


def _packed(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _unpacked(content: bytes) -> NDArray[np.float32]:
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))


def main() -> None:
    """Embed the features that come in; the coordinates go out."""
    spec = UmapSpec.model_validate_json(sys.argv[1])
    features = _unpacked(sys.stdin.buffer.read())
    from umap import UMAP

    fitted = UMAP(
        n_neighbors=spec.neighbors, min_dist=spec.min_dist, random_state=spec.seed, n_jobs=1
    )
    sys.stdout.buffer.write(_packed(np.asarray(fitted.fit_transform(features), np.float32)))


if __name__ == "__main__":
    main()
