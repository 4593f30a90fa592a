"""What cannot be compared, refused in a sentence before anything is computed."""

import numpy as np

from app.data.features import FeatureSet, Rows
from app.errors import UserError
from app.probe.candidates import candidates
from app.probe.judge import Jury
from app.probe.posthoc import check_votes, is_vote
from app.probe.spec import ProbeSpec

MAX_CLASSES = 1_000
MAX_FEATURES = 50_000_000
"""Numbers of all features together: 200 MB, and as much again for each form they are needed in."""
MAX_WEIGHTS = 50_000_000
"""Numbers of all classifiers together, and of their losses' tables."""


def check_data(data: FeatureSet) -> None:
    """Refuse features that cannot be classified.

    Raises
    ------
    UserError
        If features are too many or not finite, or a class has no training or no test row.
    """
    parts = {"training": data.train, "validation": data.val, "test": data.test}
    _check_size(data, [rows for rows in parts.values() if rows is not None])
    for what, rows in parts.items():
        if rows is not None:
            _check_rows(rows, what, data.num_classes, data.dim)
    for what, rows in (("test", data.test), ("training", data.train)):
        sizes = np.bincount(rows.labels, minlength=data.num_classes)
        if (sizes == 0).any():
            raise UserError(
                f"{what} labels must hold each of the {data.num_classes} classes, "
                f"got no row of class {int(np.argmin(sizes))} among {rows.labels.size:,}."
            )
    if not np.array_equal(sizes, data.class_counts):
        raise UserError("class_counts must be the training rows of each class, got other numbers.")


def check_request(spec: ProbeSpec, data: FeatureSet) -> None:
    """Refuse settings that do not go with the data.

    Raises
    ------
    UserError
        If the data are others than the settings name, there is no validation split to choose on,
        or there are too many heads for so many classes.
    """
    if spec.data != data.name:
        raise UserError(f"data must be the set that is given, {data.name!r}, got {spec.data!r}.")
    heads = candidates(spec)
    several = len(heads) > len(spec.methods)
    if data.val is None and (spec.selection == "validation" or several):
        allowed = "'best-on-test'" if several else "'last' or 'best-on-test'"
        raise UserError(
            f"selection must be {allowed} for data without validation rows"
            f"{' and several rates or decays' if several else ''}, got {spec.selection!r}."
        )
    numbers = len(heads) * spec.seeds * data.num_classes * max(data.dim, data.num_classes)
    if numbers > MAX_WEIGHTS:
        raise UserError(
            f"methods must be fewer for {data.num_classes} classes: their classifiers may hold "
            f"{MAX_WEIGHTS:,} numbers, got {numbers:,}."
        )
    if any(is_vote(candidate.method.rule) for candidate in heads):
        check_votes(data.test, data.num_classes)


def check_metric(spec: ProbeSpec, *juries: Jury | None) -> None:
    """Refuse a metric that is n/a on rows that choose or judge.

    Raises
    ------
    UserError
        If no row of such a class is there.
    """
    if not all(jury is None or jury.metrics[spec.metric].defined for jury in juries):
        raise UserError(
            f"metric must be one that some class counts for, got {spec.metric!r}: with these "
            "training counts it is n/a."
        )


def _check_size(data: FeatureSet, parts: list[Rows]) -> None:
    total = sum(rows.features.size for rows in parts)
    if total > MAX_FEATURES:
        raise UserError(
            f"features must hold at most {MAX_FEATURES:,} numbers in all, got {total:,}: keep "
            "fewer rows of the large classes, or reduce the dimension by PCA."
        )
    if not 2 <= data.num_classes <= MAX_CLASSES:
        raise UserError(f"classes must be 2 to {MAX_CLASSES:,}, got {data.num_classes:,}.")


def _check_rows(rows: Rows, what: str, num_classes: int, dim: int) -> None:
    features, labels = rows
    if features.ndim != 2 or features.shape != (labels.size, dim) or not labels.size:
        raise UserError(
            f"{what} features must be one row of {dim} numbers for each of {labels.size:,} labels, "
            f"got shape {features.shape}."
        )
    wrong = ~np.isfinite(features)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise UserError(
            f"{what} features must be finite, got {features[row, column]} in row {row}, column "
            f"{column} (of {int(wrong.sum()):,} such)."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise UserError(
            f"{what} labels must lie in 0..{num_classes - 1}, got {labels.min()} to {labels.max()}."
        )
