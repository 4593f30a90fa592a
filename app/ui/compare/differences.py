"""What differs between specs, field by field."""

from collections.abc import Sequence

from app.spec import Spec
from app.ui.compare.kinds import kind_words
from app.ui.compare.words import ABSENT, value_words

_ABSENT = object()


def differences(specs: Sequence[Spec]) -> dict[str, list[str]]:
    """Return the values, in words, of every field in which specs that have it differ.

    Parameters
    ----------
    specs : sequence of Spec
        Of any kinds.

    Returns
    -------
    dict of str to list of str
        By title of the field, one value a spec; a dash for a spec without such a field. "Kind"
        comes first if they are of several.
    """
    kinds = [kind_words(spec) for spec in specs]
    found = {"Kind": kinds} if len(set(kinds)) > 1 else {}
    fields = dict.fromkeys(name for spec in specs for name in type(spec).model_fields)
    for name in fields:
        # Only where it is a field: another kind may have a property of that name.
        values = [getattr(s, name) if name in type(s).model_fields else _ABSENT for s in specs]
        if len(set(values) - {_ABSENT}) > 1:
            found[_title(specs, name)] = [
                ABSENT if value is _ABSENT else value_words(name, value) for value in values
            ]
    return found


def _title(specs: Sequence[Spec], name: str) -> str:
    fields = next(type(s).model_fields for s in specs if name in type(s).model_fields)
    return fields[name].title or name.replace("_", " ").capitalize()
