"""Which columns of a table are scores, and which one holds the labels or the split."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.data.keys import ALIASES, ambiguous, normal
from app.data.limits import Limits
from app.data.upload import UploadError
from app.data.words import listed, quoted

_INDEX = ("", "unnamed:_0", "index", "__index_level_0__")
_NUMBERED = re.compile(r"(logits?|scores?|outputs?|z|probs?|class)[_ .-]?\d+", re.IGNORECASE)
EXTRA_COLUMNS = 16
# Not scores even if the user says that they are not the labels either.
_NO_SCORES = frozenset(ALIASES["labels"] + ALIASES["split"])


@dataclass(frozen=True)
class Layout:
    """Positions of the columns of a table by meaning.

    Attributes
    ----------
    scores : tuple of int
    labels, split : int or None
    class_names : tuple of str or None
        The names of the score columns, unless they only number them.
    notes : tuple of str
    """

    scores: tuple[int, ...]
    labels: int | None
    split: int | None
    class_names: tuple[str, ...] | None
    notes: tuple[str, ...]


def lay_out(
    names: Sequence[str], limits: Limits, keys: Mapping[str, str | None] | None = None
) -> Layout:
    """Return what the columns of a table mean, by their names.

    Columns numbered like ``logit_0, logit_1`` are the scores if there are such; otherwise every
    column that is neither labels nor split nor a row number is one.

    Parameters
    ----------
    names : sequence of str
        Column names.
    keys : mapping of "labels" or "split" to a column name, optional

    Raises
    ------
    UploadError
        For repeated names, too many columns, or a chosen column that is not there.
    """
    check_column_count(len(names), limits)
    _check_names(names, limits)
    keys = keys or {}
    for role in set(keys) - {"labels", "split"}:
        raise UploadError(f"keys may choose labels or split of a table; got {quoted(role)}.")
    labels = _column("labels", names, keys)
    split = _column("split", names, keys)
    index = 0 if normal(names[0]) in _INDEX and labels != 0 else None
    if index is None and normal(names[-1]) == "__index_level_0__":
        index = len(names) - 1
    rest = [
        i
        for i, name in enumerate(names)
        if i not in (labels, split, index) and normal(name) not in _NO_SCORES
    ]
    numbered = [i for i in rest if _NUMBERED.fullmatch(names[i].strip())]
    scores = numbered if len(numbered) > 1 else rest
    used = set(scores)
    left = [names[i] for i in rest if i not in used]
    notes = []
    if index is not None:
        notes.append(f"Column {quoted(names[index])} was taken as a row number and left out.")
    if left:
        notes.append(f"Columns left out: {listed(quoted(name) for name in left)}.")
    class_names = None if _only_numbers(names, scores) else tuple(names[i].strip() for i in scores)
    return Layout(tuple(scores), labels, split, class_names, tuple(notes))


def check_column_count(count: int, limits: Limits) -> None:
    """Refuse more columns than the largest number of classes and a few more."""
    if count > limits.classes + EXTRA_COLUMNS:
        raise UploadError(
            f"the table has {count:,} columns; at most {limits.classes:,} classes are allowed."
        )


def _check_names(names: Sequence[str], limits: Limits) -> None:
    long = next((i for i, name in enumerate(names) if len(name) > limits.text), None)
    if long is not None:
        raise UploadError(
            f"the name of column {long + 1:,} is longer than {limits.text} characters."
        )
    name, count = Counter(name.strip() for name in names).most_common(1)[0]
    if count > 1:
        where = [str(i + 1) for i, other in enumerate(names) if other.strip() == name]
        raise UploadError(
            f"the name {quoted(name)} heads {count:,} columns ({listed(where)}); "
            "each column needs a name of its own."
        )


def _column(role: str, names: Sequence[str], keys: Mapping[str, str | None]) -> int | None:
    if role in keys:
        asked = keys[role]
        if asked is None:
            return None
        if asked not in names:
            raise UploadError(f"the {role} were asked from column {quoted(asked)}, not there.")
        return names.index(asked)
    found = [i for i, name in enumerate(names) if normal(name) in ALIASES[role]]
    if len(found) > 1:
        raise ambiguous(role, (names[i] for i in found))
    return found[0] if found else None


def _only_numbers(names: Sequence[str], scores: Sequence[int]) -> bool:
    """Whether the score columns are called 0..K-1 or logit_0, logit_1, ... ."""
    if all(_NUMBERED.fullmatch(names[i].strip()) for i in scores):
        return True
    return [names[i].strip() for i in scores] == [str(k) for k in range(len(scores))]
