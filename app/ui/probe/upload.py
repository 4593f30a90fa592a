"""A re-trained classifier as /tune takes it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data import Upload
from app.data.features import FeatureSet, Rows
from app.probe import METHODS, MethodName, ProbeSpec
from app.probe.results import reported_scores, reported_state
from app.theory.spread import feature_spread


def upload_of(
    spec: ProbeSpec,
    data: FeatureSet,
    arrays: Mapping[str, NDArray[Any]],
    name: MethodName,
    title: str,
) -> Upload:
    """Return the reported classifier of the first seed on validation and test rows.

    Validation rows tune and test rows judge. Weights are there where the logits are linear in the
    features; for a cosine head the features are those of length 1.

    Parameters
    ----------
    spec : ProbeSpec
    data : FeatureSet
        With the training rows of the first seed.
    arrays : mapping
        Of `app.probe.run`.
    name : str
        A method of the comparison.
    title : str
        What to call the data.
    """
    state = reported_state(spec, arrays, name)
    linear = not (state.gain.any() or state.shift.any())
    parts = [*([] if data.val is None else [data.val]), data.test]
    unit = bool(state.unit[0])
    train = _features(data.train, unit)
    labels = np.concatenate([rows.labels for rows in parts])
    split = np.repeat(["tune", "judge"][-len(parts) :], [rows.labels.size for rows in parts])
    counts = np.asarray(arrays["counts"])
    sums = np.zeros((counts.size, data.dim))
    np.add.at(sums, data.train.labels, train)
    return Upload(
        f"{title}, {METHODS[name].title}",
        np.concatenate([reported_scores(spec, arrays, rows, name) for rows in parts]),
        labels,
        counts,
        data.class_names,
        split if len(parts) == 2 else None,
        np.asarray(state.weights[0]) if linear else None,
        np.asarray(state.bias[0]) if linear else None,
        np.concatenate([_features(rows, unit) for rows in parts]),
        sums / counts[:, None],
        feature_spread(train, data.train.labels, counts.size),
        metadata={"title": f"{title}, {METHODS[name].title}"},
    )


def _features(rows: Rows, unit: bool) -> np.ndarray:
    """Features as the head takes them."""
    if not unit:
        return rows.features
    norms = np.linalg.norm(rows.features, axis=1, keepdims=True)
    return np.asarray(rows.features / np.maximum(norms, np.finfo(np.float32).tiny))
