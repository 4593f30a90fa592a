"""Settings drawn at random from nothing but their fields' types and bounds."""

from collections.abc import Sequence
from typing import Annotated, Any, get_args, get_origin

from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app.spec import Spec, item_type, options, plain_type

# What a link can hold: no control characters; commas part the items of lists.
_LETTERS = st.characters(exclude_categories=("C", "Z"), exclude_characters=",")


def specs_of(kind: type[Spec], **fields: st.SearchStrategy) -> st.SearchStrategy[Spec]:
    """Settings of a kind; about half of their fields are at their defaults.

    Parameters
    ----------
    kind : type of Spec
    fields : strategies by name
        Instead of all that the field allows.
    """
    drawn = {name: values_of(field) for name, field in kind.model_fields.items()}
    chosen = st.fixed_dictionaries({}, optional=drawn | fields)
    return chosen.map(lambda values: _built(kind, values)).filter(bool)


def values_of(field: FieldInfo) -> st.SearchStrategy:
    """Every value that a field allows by itself."""
    kind = plain_type(field.annotation)
    inner = item_type(kind)
    if inner is not None and get_args(kind)[-1] is not ...:
        values = st.tuples(*map(_items, get_args(kind)))
    elif inner is not None:
        choices = options(inner)
        once = inner is str or choices is not None
        items = st.lists(_items(inner), unique=once, **_sizes(field.metadata))
        # Choices are a set: controls give them in the order in which they are offered.
        values = items.map(
            lambda found: tuple(sorted(found, key=choices.index)) if choices else tuple(found)
        )
    else:
        values = _single(kind, field.metadata)
    return values if kind is field.annotation else st.none() | values


def _items(inner: Any) -> st.SearchStrategy:
    if inner is str:
        return st.text(_LETTERS, min_size=1, max_size=20)
    if get_origin(inner) is Annotated:
        kind, field = get_args(inner)
        return _single(kind, field.metadata)
    return _single(inner, [])


def _single(kind: Any, metadata: Sequence[Any]) -> st.SearchStrategy:
    if kind is str:
        return st.text(_LETTERS, **_sizes(metadata))
    values = st.from_type(Annotated[kind, *metadata] if metadata else kind)
    return values.filter(lambda value: abs(value) <= 1e300) if kind is float else values


def _sizes(metadata: Sequence[Any]) -> dict[str, int]:
    """Least and greatest length, as strategies take them."""
    names = {"min_size": "min_length", "max_size": "max_length"}
    return {k: getattr(m, name) for m in metadata for k, name in names.items() if hasattr(m, name)}


def _built(kind: type[Spec], values: dict) -> Spec | None:
    """The settings, or None where the values do not fit together."""
    try:
        return kind(**values)
    except ValidationError:
        return None
