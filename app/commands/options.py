"""Command-line options from the fields of a spec, as pages draw controls from them."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from app.errors import UserError
from app.spec import Spec, bounds, item_type, options, plain_type

Command = TypeVar("Command", bound=Callable[..., Any])
AnySpec = TypeVar("AnySpec", bound=Spec)


class _Numbers(click.ParamType[tuple[float, ...]]):
    """Numbers separated by commas, as in a URL."""

    name = "numbers"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, ...]:
        """Parse a text; a default comes as a tuple already."""
        try:
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(float(part) for part in parts)
        except ValueError:
            self.fail(f"{value!r} is not a list of numbers such as 0.5,0.3,0.2.", param, ctx)


def spec_options(
    kind: type[Spec], names: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> Callable[[Command], Command]:
    """Give a command an option for each field of a spec; the value is passed by the field's name.

    A Literal becomes a choice, a bounded number a range, a flag ``--name/--no-name``, a tuple of
    choices an option to repeat and a tuple of numbers one list with commas.

    Parameters
    ----------
    kind : type of Spec
    names : mapping of field to option name, optional
        Where they differ.
    without : collection of str
        Fields that get no option.
    """

    def add(command: Command) -> Command:
        for name, field in reversed(kind.model_fields.items()):
            if name not in without:
                flag = (names or {}).get(name, name).replace("_", "-")
                command = _option(flag, name, field)(command)
        return command

    return add


def _option(flag: str, name: str, field: FieldInfo) -> Callable[[Command], Command]:
    annotation = plain_type(field.annotation)
    kind = item_type(annotation) or annotation
    many = kind is not annotation
    repeated = many and options(kind) is not None
    return click.option(
        f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}",
        name,
        type=_Numbers() if many and not repeated else _click_type(kind, field),
        multiple=repeated,
        default=field.get_default(call_default_factory=True),
        show_default=True,
        help=": ".join(text for text in (field.title, field.description) if text),
    )


def _click_type(kind: Any, field: FieldInfo) -> Any:
    if (allowed := options(kind)) is not None:
        return click.Choice(allowed)
    if kind in (int, float):
        low, high = bounds(field)
        return (click.IntRange if kind is int else click.FloatRange)(low, high)  # type: ignore[arg-type]
    return kind


def given(ctx: click.Context, kind: type[Spec]) -> dict[str, Any]:
    """Values of the fields that the user gave an option for; repeated values count once."""
    return {
        param.name: tuple(dict.fromkeys(value)) if getattr(param, "multiple", False) else value
        for param in ctx.command.params
        if param.name in kind.model_fields
        and ctx.get_parameter_source(param.name) is not ParameterSource.DEFAULT
        and (value := ctx.params[param.name]) is not None
    }


def make_spec(kind: type[AnySpec], values: Mapping[str, Any]) -> AnySpec:
    """Return the spec, or raise `UserError` with the first thing that does not fit."""
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{part}: " for part in first["loc"][:1])
        raise UserError(f"{where}{first['msg'].removeprefix('Value error, ')}.") from error
