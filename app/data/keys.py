"""Which array of a file plays which role, by its usual name or by the user's choice."""

from collections.abc import Iterable, Mapping

import numpy as np

from app.data.contents import Entry
from app.data.upload import AmbiguousKeys, UploadError
from app.data.words import listed, quoted, shape_of

ALIASES: dict[str, tuple[str, ...]] = {
    "logits": ("logits", "logit", "scores", "score", "outputs", "output", "z", "probabilities"),
    "labels": ("labels", "label", "targets", "target", "y", "y_true", "true_labels", "gt"),
    "class_counts": (
        "class_counts",
        "class_count",
        "counts",
        "n",
        "cls_num_list",
        "num_per_class",
        "samples_per_class",
    ),
    "class_names": ("class_names", "classes", "classnames", "label_names", "categories"),
    "split": ("split", "splits", "subset", "fold"),
    "weights": ("weights", "weight", "w", "fc.weight", "classifier.weight", "head.weight"),
    "bias": ("bias", "biases", "b", "fc.bias", "classifier.bias", "head.bias"),
    "features": ("features", "feature", "feats", "h", "embeddings"),
    "class_means": ("class_means", "class_mean", "means", "prototypes"),
    "class_spread": ("class_spread", "class_spreads", "spread", "spreads"),
}
"""Usual names of each role, compared without regard to case."""

DIMENSIONS = dict.fromkeys(ALIASES, 1) | dict.fromkeys(
    ("logits", "weights", "features", "class_means"), 2
)
"""Dimensions of the array of each role."""


def normal(key: str) -> str:
    """Return a key in the form in which names are compared."""
    return key.strip().lower().replace("-", "_").replace(" ", "_")


def choose_keys(
    entries: Mapping[str, Entry], asked: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """Return the key of each role that the file fills.

    Parameters
    ----------
    entries : mapping of Entry
    asked : mapping of role to key, optional
        The user's choice; None as a key says that no array plays that role.

    Raises
    ------
    AmbiguousKeys
        If several arrays could play a role.
    UploadError
        If no array can be the logits, or a chosen role or key does not exist.
    """
    asked = dict(asked or {})
    _check_asked(asked, entries)
    chosen = {role: key for role, key in asked.items() if key is not None}
    for role in ALIASES:
        if role not in asked and (key := _by_name(role, entries)) is not None:
            chosen[role] = key
    if "logits" not in chosen:
        chosen["logits"] = _only_matrix(entries, chosen)
    if "labels" not in chosen and "labels" not in asked:
        chosen.update(_labels_beside(chosen["logits"], entries, chosen))
    return chosen


def _check_asked(asked: Mapping[str, str | None], entries: Iterable[str]) -> None:
    for role, key in asked.items():
        if role not in ALIASES or (role == "logits" and key is None):
            raise UploadError(f"keys may choose {', '.join(ALIASES)}; got {quoted(role)}.")
        if key is not None and key not in entries:
            raise UploadError(f"the {role} were asked from {quoted(key)}, which is not there.")


def choose_role(role: str, entries: Mapping[str, Entry], asked: str | None) -> str | None:
    """Return the key of one role, chosen by the user or found by name."""
    if asked is None:
        return _by_name(role, entries)
    _check_asked({role: asked}, entries)
    return asked


def _by_name(role: str, entries: Mapping[str, Entry]) -> str | None:
    found = [key for key in entries if _fits(role, key, entries[key])]
    if len(found) > 1:
        raise ambiguous(role, found)
    return found[0] if found else None


def _fits(role: str, key: str, entry: Entry) -> bool:
    name = normal(key)
    # One letter says little: an `n` may be the number of rows, so the form has to fit as well.
    return name in ALIASES[role] and (len(name) > 1 or len(entry.shape) == DIMENSIONS[role])


def ambiguous(role: str, found: Iterable[str]) -> AmbiguousKeys:
    """Return the error that asks the user to choose."""
    found = tuple(found)
    names = listed(quoted(key, 30) for key in found)
    return AmbiguousKeys(role, found, f"the {role} could be {names}; choose one of them.")


def _only_matrix(entries: Mapping[str, Entry], chosen: Mapping[str, str]) -> str:
    """Return the one 2-D array of numbers that has no other role, or the one array at all."""
    taken = set(chosen.values())
    if len(entries) == 1 and not taken:
        return next(iter(entries))
    free = [k for k, e in entries.items() if k not in taken and is_matrix(e)]
    if len(free) > 1:
        raise ambiguous("logits", free)
    if not free:
        holds = listed(f"{quoted(k, 25)} ({shape_of(e.shape)})" for k, e in entries.items())
        raise UploadError(
            "no logits were found: need a 2-D array of numbers, rows x classes, "
            f"named logits, scores, outputs or z; the file holds {holds or 'nothing'}."
        )
    return free[0]


def is_matrix(entry: Entry) -> bool:
    """Return whether an entry is a 2-D array of numbers."""
    return len(entry.shape) == 2 and entry.dtype.kind in "fiu"


def _labels_beside(
    logits: str, entries: Mapping[str, Entry], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Find the labels of logits with an odd name: val_labels for val_logits, or the only fit."""
    by_name = {normal(key): key for key in entries if key != logits}
    for old in (alias for alias in ALIASES["logits"] if len(alias) > 1):
        for new in ALIASES["labels"]:
            if (key := by_name.get(normal(logits).replace(old, new))) is not None:
                return {"labels": key}
    taken, rows = set(chosen.values()), entries[logits].shape[:1]
    fits = [k for k, e in entries.items() if k not in taken and e.shape == rows and _is_label(e)]
    return {"labels": fits[0]} if len(fits) == 1 and rows else {}


def _is_label(entry: Entry) -> bool:
    return entry.dtype.kind in "iuSU" or entry.dtype == np.dtype(str)
