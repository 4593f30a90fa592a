"""What a file of features holds, and how good its stage-1 classifier is."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.data.build.container import to_bytes
from app.data.features import FeatureSet, Rows
from app.longtail import GROUPS, frequency_groups


def measured(feature_set: FeatureSet) -> FeatureSet:
    """Round the features to float16, as they are stored, and measure stage 1 on exactly those.

    Returns
    -------
    FeatureSet
        With ``metadata["accuracy"]``, the JSON of `stage1_accuracy`.
    """
    parts = {
        part: rows._replace(features=rows.features.astype(np.float16).astype(np.float32))
        for part in ("train", "val", "test")
        if (rows := getattr(feature_set, part)) is not None
    }
    rounded = replace(feature_set, **parts)
    accuracy = json.dumps(stage1_accuracy(rounded))
    return replace(rounded, metadata={**feature_set.metadata, "accuracy": accuracy})


def stage1_accuracy(feature_set: FeatureSet) -> dict[str, float]:
    """Return shares of right predictions of the stage-1 classifier.

    Returns
    -------
    dict of float
        "train", of all training rows; "val" and "test", means of the recalls of the classes;
        "many", "medium" and "few", means of the test recalls in the groups of
        `app.longtail.frequency_groups`, where there are such classes. Six decimals.

    Raises
    ------
    ValueError
        If the set has no classifier.
    """
    train_hits = _hits(feature_set, feature_set.train)
    found = {"train": float(train_hits.mean())}
    if feature_set.val is not None:
        found["val"] = float(_recalls(feature_set, feature_set.val).mean())
    recalls = _recalls(feature_set, feature_set.test)
    found["test"] = float(recalls.mean())
    groups = frequency_groups(feature_set.class_counts)
    found |= {group: float(recalls[groups == group].mean()) for group in GROUPS if group in groups}
    return {key: round(value, 6) for key, value in found.items()}


def _recalls(feature_set: FeatureSet, rows: Rows) -> NDArray[np.float64]:
    """Share of right predictions of each class, (K,)."""
    size = feature_set.num_classes
    right = np.bincount(rows.labels, _hits(feature_set, rows), minlength=size)
    return right / np.bincount(rows.labels, minlength=size)


def _hits(feature_set: FeatureSet, rows: Rows) -> NDArray[np.bool_]:
    if feature_set.weights is None or feature_set.bias is None:
        raise ValueError("the feature set has no classifier")
    logits = rows.features.astype(np.float64) @ feature_set.weights.T.astype(np.float64)
    hits: NDArray[np.bool_] = (logits + feature_set.bias).argmax(axis=1) == rows.labels
    return hits


def feature_bytes(feature_set: FeatureSet, metadata: dict[str, str]) -> bytes:
    """Serialise a set with a classifier and validation rows, as `read_features` reads it.

    Features are stored as float16 and labels as the smallest unsigned integers that hold them.
    """
    arrays: dict[str, Any] = {"weights": feature_set.weights, "bias": feature_set.bias}
    for part in ("train", "val", "test"):
        rows: Rows = getattr(feature_set, part)
        arrays[f"{part}_features"] = rows.features.astype(np.float16)
        arrays[f"{part}_labels"] = rows.labels.astype(np.min_scalar_type(feature_set.num_classes))
    names = json.dumps(feature_set.class_names, ensure_ascii=False)
    return to_bytes(arrays, {**feature_set.metadata, **metadata, "class_names": names})
