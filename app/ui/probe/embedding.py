"""UMAP of features, in a process of its own.

Importing and compiling UMAP takes tens of seconds, most of them with the interpreter locked: all
sessions of the server would wait.
"""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

FEWEST_ROWS = 20
_ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 600.0
_SEED = 0


def embed(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return coordinates (N, 2) of features (N, d), the same every time on one machine.

    McInnes et al., 2018, with the defaults of umap-learn: 15 neighbours, least distance 0.1.

    Raises
    ------
    UserError
        If there are too few rows, or it takes more than ten minutes.
    """
    if len(features) < FEWEST_ROWS:
        raise UserError(f"UMAP needs at least {FEWEST_ROWS} rows, got {len(features)}.")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.ui.probe.embedding"],
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
    return np.asarray(_unpacked(done.stdout), dtype=np.float32)


def _packed(array: NDArray[np.float32]) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _unpacked(content: bytes) -> NDArray[np.float32]:
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))


def main() -> None:
    """Embed the features that come in; the coordinates go out."""
    features = _unpacked(sys.stdin.buffer.read())
    from umap import UMAP

    points = UMAP(random_state=_SEED, n_jobs=1).fit_transform(features)
    sys.stdout.buffer.write(_packed(np.asarray(points, dtype=np.float32)))


if __name__ == "__main__":
    main()
