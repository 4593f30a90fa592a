"""Which array of a file holds the features or labels of which rows, by its usual name."""

from collections.abc import Mapping

from app.data.contents import Entry
from app.data.keys import ambiguous, choose_role, normal
from app.data.upload import UploadError
from app.data.words import listed, quoted

PARTS = {"train": "training", "val": "validation", "test": "test"}
"""What messages call the rows of each part."""

_PARTS_ALIASES = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_KINDS = {
    "features": ("features", "feature", "feats", "embeddings", "x"),
    "labels": ("labels", "label", "targets", "target", "y"),
}
_ROLES = tuple(f"{part}_{kind}" for part in PARTS for kind in _KINDS)
_BESIDE = ("class_names", "weights", "bias")
_NEEDED = ("train_features", "train_labels", "test_features", "test_labels")
Entries = Mapping[str, Entry]


def choose_feature_keys(entries: Entries, asked: Mapping[str, str]) -> dict[str, Entry]:
    """Return the array of each role that the file fills.

    Parameters
    ----------
    entries : mapping of Entry
    asked : mapping of role to key
        The user's choice.

    Raises
    ------
    AmbiguousKeys
        If several arrays could play a role.
    UploadError
        If features or labels of the training or test rows are not there, or a chosen role or
        key does not exist.
    """
    _check_asked(asked, entries)
    chosen = {role: asked.get(role) or _by_name(role, entries) for role in _ROLES}
    chosen |= {role: choose_role(role, entries, asked.get(role)) for role in _BESIDE}
    found = {role: entries[key] for role, key in chosen.items() if key is not None}
    _check_complete(found, entries)
    return found


def features_by_name(entries: Entries) -> dict[str, Entry]:
    """Return every array that is called features of some part, by its key."""
    names = frozenset().union(*(_usual_names(f"{part}_features") for part in PARTS))
    return {key: entry for key, entry in entries.items() if normal(key) in names}


def _usual_names(role: str) -> frozenset[str]:
    """``train_features``, ``X_train`` and so on, in normal form."""
    part, kind = role.split("_")
    pairs = [(p, k) for p in _PARTS_ALIASES[part] for k in _KINDS[kind]]
    return frozenset(name for p, k in pairs for name in (f"{p}_{k}", f"{k}_{p}"))


def _check_asked(asked: Mapping[str, str], entries: Entries) -> None:
    for role, key in asked.items():
        if role not in (*_ROLES, *_BESIDE):
            known = ", ".join((*_ROLES, *_BESIDE))
            raise UploadError(f"keys may choose {known}; got {quoted(role)}.")
        if key not in entries:
            raise UploadError(f"the {role} were asked from {quoted(key)}, which is not there.")


def _by_name(role: str, entries: Entries) -> str | None:
    names = _usual_names(role)
    found = [key for key in entries if normal(key) in names]
    if len(found) > 1:
        raise ambiguous(role, found)
    return found[0] if found else None


def _check_complete(found: Entries, entries: Entries) -> None:
    missing = [role for role in _NEEDED if role not in found]
    if ("val_features" in found) != ("val_labels" in found):
        missing.append("val_labels" if "val_features" in found else "val_features")
    if missing:
        held = listed((quoted(key, 25) for key in entries), 8) or "nothing"
        are = "is" if len(missing) == 1 else "are"
        raise UploadError(f"{', '.join(missing)} {are} needed; the file holds {held}.")
    if "bias" in found and "weights" not in found:
        raise UploadError("a bias needs the weights of its classifier; the file holds none.")
