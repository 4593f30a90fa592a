"""The UMAP of test rows that ships with each bundled set of features."""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from app.data.bundled import FEATURE_FILES, FEATURE_FOLDER, load_features
from app.data.features import Rows
from app.probe.embedding import Features, UmapSpec, digest, embedding
from app.runs import Run, RunStore, collect

MOST_POINTS = 3000
"""Rows of a map: as many as a browser draws at once without effort."""
FOLDER = FEATURE_FOLDER / "maps"
"""One run a set, by the id of its `UmapSpec`."""

_LIBRARIES = ("umap-learn", "numba", "numpy", "scikit-learn", "scipy", "pynndescent")


def map_rows(rows: Rows) -> Rows:
    """Return the rows that a map shows: all, or some drawn at random, the same every time."""
    if rows.labels.size <= MOST_POINTS:
        return rows
    found = np.random.default_rng(0).choice(rows.labels.size, MOST_POINTS, replace=False)
    return Rows(rows.features[np.sort(found)], rows.labels[np.sort(found)])


def shipped_map(spec: UmapSpec, folder: Path = FOLDER) -> Run | None:
    """Return the run of exactly these rows and settings, if it ships with the app.

    Its array is "points" (N, 2); its provenance names the data and the versions that made it.
    """
    store = RunStore(folder, bundled=folder)
    return store.load(spec.id) if spec.id in store else None


def rebuild_maps(folder: Path = FOLDER) -> list[tuple[str, Path]]:
    """Embed the test rows of every bundled set anew; return the name and file of each.

    Files that belong to no set any more are deleted. Takes a minute, most of it compilation.
    """
    store = RunStore(folder)
    made = [(name, store.save(_made(name))) for name in FEATURE_FILES]
    for entry in store.list()[0]:
        if entry.id not in {path.stem for _, path in made}:
            store.delete(entry.id)
    return made


def _made(name: str) -> Run:
    features: Features = map_rows(load_features(name).test).features
    spec = UmapSpec(rows=digest(features))
    origin = {"data": name} | {library: version(library) for library in _LIBRARIES}
    return collect(spec, embedding(spec, features), origin)
