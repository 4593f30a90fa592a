"""Settings as values: one frozen model drives the controls, the URL, the JSON and the identity.

A page or engine declares its settings once, as the fields of a `Spec`, with type, bounds, default
and help. The same fields parse a URL, write it, and draw the controls (`app.ui.controls`).
"""

import hashlib
import json
import types
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.fields import FieldInfo

# A thousand numbers of all their digits fit.
_LONGEST_VALUE = 30_000

KINDS: dict[str, type["Spec"]] = {}
"""Every kind of settings that has been imported, by name: how a stored spec is read again."""


Change = Callable[[dict[str, str]], dict[str, str]]
"""Makes the fields of one schema version, as texts by name, those of the next."""


class Spec(BaseModel):
    """Base of all settings. Equal specs have equal `id`.

    Subclasses raise `schema_version` when the name or the meaning of a field changes, and add to
    `changes` what makes the version before into the new one, so that old links still open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    schema_version: ClassVar[int] = 1
    changes: ClassVar[Mapping[int, Change]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if set(cls.changes) != set(range(1, cls.schema_version)):
            raise TypeError(
                f"changes of {cls.__name__} must be from versions 1 to {cls.schema_version - 1}, "
                f"got {sorted(cls.changes)}"
            )
        KINDS[cls.__name__] = cls

    @field_validator("*")
    @classmethod
    def _without_negative_zero(cls, value: Any) -> Any:
        """Keep one zero: -0.0 equals 0.0 but reads differently, and so would the `id`."""
        if isinstance(value, tuple):
            return tuple(item + 0.0 if isinstance(item, float) else item for item in value)
        return value + 0.0 if isinstance(value, float) else value

    @property
    def id(self) -> str:
        """Content hash: 16 hexadecimal digits of SHA-256 over name, version and fields."""
        content = [type(self).__name__, self.schema_version, self.model_dump(mode="json")]
        text = json.dumps(content, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_query(self) -> dict[str, str]:
        """Every field as text for a URL, and the schema version as ``v``."""
        fields = {name: to_text(getattr(self, name)) for name in type(self).model_fields}
        return fields | {"v": str(self.schema_version)}

    def to_short_query(self, always: Collection[str] = ()) -> dict[str, str]:
        """Only the fields that are not at their defaults; a version only after the first.

        Parameters
        ----------
        always : collection of str
            Fields that are written at their defaults too.
        """
        defaults = type(self)().to_query()
        fields = {k: v for k, v in self.to_query().items() if v != defaults[k] or k in always}
        later = fields and self.schema_version > 1
        return fields | ({"v": str(self.schema_version)} if later else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Read a URL: the nearest allowed settings, and a sentence for each value not allowed.

        Unknown keys are left to others. A number out of range becomes the nearest bound; text
        that is no value of the field becomes the default. Settings that are fine one by one but
        not together become the defaults.
        """
        texts, problems = cls.upgrade(query)
        spec, more = cls.from_texts(texts)
        return spec, problems + more

    @classmethod
    def upgrade(cls, query: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Fields of a URL as this schema version has them; a sentence if a newer one wrote it.

        A URL without ``v`` is of version 1.
        """
        version, problem = _version(query.get("v", "1"), cls.schema_version)
        texts = {name: text for name, text in query.items() if name != "v"}
        for step in range(version, cls.schema_version):
            texts = cls.changes[step](texts)
        known = {name: text for name, text in texts.items() if name in cls.model_fields}
        return known, [problem] if problem else []

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Read fields of this schema version, as `from_query` does."""
        values: dict[str, Any] = {}
        problems = []
        for name, field in cls.model_fields.items():
            if name not in texts:
                continue
            values[name], problem = _nearest(name, field, texts[name])
            if problem:
                problems.append(problem)
        try:
            return cls(**values), problems
        except ValidationError as error:
            for name, reason in _wrong_fields(error).items():
                values.pop(name, None)
                problems.append(f"{name} in the link is not allowed ({reason}): using the default.")
        try:
            return cls(**values), problems
        except ValidationError as error:
            reason = _reason(error.errors()[0])
            return cls(), [*problems, f"The link does not fit together ({reason}): using defaults."]


def to_text(value: object) -> str:
    """Text of a field's value in a URL: lists are joined by commas, flags are 1 or 0."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(to_text(item) for item in value)
    return "" if value is None else str(value)


def options(annotation: Any) -> tuple[Any, ...] | None:
    """The allowed values if the type is a Literal, else None."""
    return get_args(annotation) if get_origin(annotation) is Literal else None


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Smallest and largest value a numeric field allows."""
    low = high = None
    for item in field.metadata:
        if isinstance(item, annotated_types.Ge):
            low = item.ge
        if isinstance(item, annotated_types.Le):
            high = item.le
    return low, high  # type: ignore[return-value]


def item_type(annotation: Any) -> Any:
    """Type of a tuple's items, or None if the type is not a tuple."""
    return get_args(annotation)[0] if get_origin(annotation) is tuple else None


def plain_type(annotation: Any) -> Any:
    """The type without ``| None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _version(text: str, newest: int) -> tuple[int, str | None]:
    """The schema version a link names, at most the newest, and what to tell the user of it."""
    version = _parse(int, text)
    if version is None or version < 1:
        return newest, f"v in the link must be a version, 1 to {newest}, not {_shown(text)}."
    if version > newest:
        return newest, (
            f"The link is of version {_shown(text)} and this app knows {newest}: what it does "
            "not know is left out."
        )
    return version, None


def _nearest(name: str, field: FieldInfo, text: str) -> tuple[Any, str | None]:
    """The allowed value nearest to a text, and what to tell the user if it is not the text's."""
    default = field.get_default(call_default_factory=True)
    kind, fallback = plain_type(field.annotation), f"using {_shown_default(default)}"
    if len(text) > _LONGEST_VALUE:
        return default, f"{name} in the link is too long: {fallback}."
    if not text and kind is not field.annotation:
        return None, None
    if (inner := item_type(kind)) is not None:
        return _nearest_items(name, inner, text, default)
    value = _parse(kind, text)
    if value is None:
        return default, f"{name} in the link must be {_hint(kind)}, not {_shown(text)}: {fallback}."
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = bounds(field)
        nearest = value if low is None or value >= low else type(value)(low)
        nearest = nearest if high is None or nearest <= high else type(value)(high)
        if nearest != value:
            return nearest, f"{name} in the link was {_shown(text)}: using {nearest}, the nearest."
    return value, None


def _nearest_items(
    name: str, inner: Any, text: str, default: Any
) -> tuple[tuple[Any, ...], str | None]:
    """The items of a list; of choices the allowed ones, each once, of numbers all or none."""
    items = [part for part in text.split(",") if part]
    parsed = [_parse(inner, part) for part in items]
    choices = options(inner) is not None
    kept = tuple(item for item in parsed if item is not None)
    kept = tuple(dict.fromkeys(kept)) if choices else kept
    if None not in parsed:
        return kept, None
    wrong = _shown(items[parsed.index(None)])
    if choices and kept:
        return kept, f"{name} in the link holds {wrong}, which is not allowed: leaving it out."
    return default, (
        f"{name} in the link holds {wrong}, which is not allowed: using {_shown_default(default)}."
    )


def _wrong_fields(error: ValidationError) -> dict[str, str]:
    """Why fields were refused, by name; empty if none is wrong by itself."""
    return {str(item["loc"][0]): _reason(item) for item in error.errors() if item["loc"]}


def _reason(item: Any) -> str:
    return str(item["msg"]).removeprefix("Value error, ")


def _parse(kind: Any, text: str) -> Any:
    """The value a text stands for, or None if it stands for none of this type."""
    if (allowed := options(kind)) is not None:
        return {str(value): value for value in allowed}.get(text)
    if kind is bool:
        return {"1": True, "0": False, "true": True, "false": False}.get(text.lower())
    if kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            return None
        return value if abs(value) <= 1e300 else None
    return text


def _hint(kind: Any) -> str:
    """What a field's text must be, in words."""
    if (allowed := options(kind)) is not None:
        return f"one of {', '.join(map(str, allowed))}"
    return {bool: "0 or 1", int: "a whole number", float: "a number"}.get(kind, "text")


def _shown_default(default: Any) -> str:
    text = to_text(default) or "nothing"
    return text if len(text) <= 40 else "the default"


def _shown(text: str) -> str:
    """A text from outside, quoted and cut for a message."""
    return repr(text if len(text) <= 40 else text[:40] + "...")
