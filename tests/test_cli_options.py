from typing import Literal

import click
import pytest
from click.testing import CliRunner
from pydantic import Field

from app.commands.options import given, make_spec, spec_options
from app.commands.tune import NAMES, PAGE_ONLY, command
from app.errors import UserError
from app.spec import Spec, bounds, item_type, options, plain_type
from app.tune import TuneSpec

PARAMETERS = {param.name: param for param in command.params}


class Sample(Spec):
    size: int = Field(3, ge=1, le=9, title="Size", description="How many.")
    share: float = Field(0.5, ge=0, le=1)
    kind: Literal["a", "b"] = "a"
    kinds: tuple[Literal["a", "b"], ...] = ("a",)
    shares: tuple[float, ...] = ()
    deep: bool = False
    maybe: int | None = None
    two_words: str = ""
    hidden: int = 0


def parse(*arguments):
    """Values that reach a command, those the user gave, and the result of the run."""
    seen = {}

    @click.command()
    @spec_options(Sample, {"kinds": "one-kind"}, without=("hidden",))
    @click.pass_context
    def run(ctx, **values):
        seen.update(values=values, given=given(ctx, Sample))

    result = CliRunner().invoke(run, arguments)
    return seen, result


def test_options_not_given_are_the_spec_s_defaults():
    seen, result = parse()
    assert result.exit_code == 0
    assert Sample(**seen["values"]) == Sample()
    assert seen["given"] == {}


def test_every_kind_of_field_is_read():
    text = (
        "--size 2 --share .25 --kind b --one-kind b --one-kind a --one-kind b "
        "--shares 1,2.5 --deep --maybe 4 --two-words x"
    )
    seen, _ = parse(*text.split())
    assert seen["given"] == {
        "size": 2,
        "share": 0.25,
        "kind": "b",
        "kinds": ("b", "a"),
        "shares": (1.0, 2.5),
        "deep": True,
        "maybe": 4,
        "two_words": "x",
    }


def test_a_default_that_is_typed_in_counts_as_given():
    assert parse("--size", "3", "--no-deep")[0]["given"] == {"size": 3, "deep": False}


@pytest.mark.parametrize(
    "arguments",
    [
        "--size 10",
        "--size 0",
        "--size x",
        "--share 1.1",
        "--kind c",
        "--one-kind c",
        "--shares 1,x",
        "--shares ,",
        "--hidden 1",
    ],
)
def test_what_a_field_does_not_allow_is_a_usage_error(arguments):
    _, result = parse(*arguments.split())
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


def test_the_help_shows_title_description_default_and_range():
    help = parse("--help")[1].stdout
    assert "Size: How many." in help
    assert "default: 3; 1<=x<=9" in help


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share": float("nan")}, "share: Input should be a finite number."),
        ({"size": 100}, "size: Input should be less than or equal to 9."),
        ({"nothing": 1}, "nothing: Extra inputs are not permitted."),
    ],
)
def test_a_spec_that_does_not_fit_is_one_sentence(values, message):
    with pytest.raises(UserError) as caught:
        make_spec(Sample, values)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", PAGE_ONLY)
def test_page_settings_have_no_option(name):
    assert name in TuneSpec.model_fields
    assert name not in PARAMETERS


@pytest.mark.parametrize("name", [n for n in TuneSpec.model_fields if n not in PAGE_ONLY])
def test_options_of_tune_mirror_the_spec(name):
    field, option = TuneSpec.model_fields[name], PARAMETERS[name]
    kind = plain_type(field.annotation)
    assert f"--{NAMES.get(name, name).replace('_', '-')}" in option.opts
    assert option.help == f"{field.title}: {field.description}"
    assert option.default == field.default
    choices = options(item_type(kind) or kind)
    if choices is not None:
        assert tuple(option.type.choices) == choices
        assert option.multiple == (item_type(kind) is not None)
    elif kind in (int, float):
        assert (option.type.min, option.type.max) == bounds(field)
        assert type(option.type.convert("20" if kind is int else "2", None, None)) is kind
    else:
        assert option.is_bool_flag or name == "custom_prior"
