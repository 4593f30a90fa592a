import hashlib
import re
import string
from typing import ClassVar, Literal, Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from app.spec import KINDS, Spec, bounds, item_type, options, plain_type
from tests.strategies import specs_of

Kind = Literal["cake", "pie"]


class Example(Spec):
    """One field of every kind."""

    steps: int = Field(3, ge=1, le=9)
    seed: int = 0
    decay: float = Field(0.5, ge=-1, le=2)
    rate: float = 1e-3
    relu: bool = False
    kind: Kind = "cake"
    power: Literal[1, 2, 4] = 2
    name: str = Field("", max_length=60)
    kinds: tuple[Kind, ...] = ("cake",)
    counts: tuple[int, ...] = (500, 5)
    prior: tuple[float, ...] = ()
    pair: tuple[float, float] = (0.0, 1.0)
    dim: int | None = Field(7, ge=2, le=64)
    scale: float | None = None


class Window(Spec):
    """Fields that must fit together."""

    low: float = Field(0.0, ge=-2, le=5)
    high: float = Field(3.0, ge=-2, le=5)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self


examples = specs_of(Example)
FIELDS = sorted(Example.model_fields)


def read(**query):
    spec, problems = Example.from_query(query)
    for problem in problems:
        assert_sentence(problem)
    return spec, problems


def assert_sentence(text):
    assert len(text) < 250
    assert text.endswith(".")
    assert text.isprintable()


@settings(max_examples=150, deadline=None)
@given(spec=examples)
def test_a_link_reopens_exactly_the_settings_it_was_made_from(spec):
    query = spec.to_query()
    assert all(isinstance(text, str) for text in query.values())
    again, problems = Example.from_query(query)
    assert problems == []
    assert again == spec
    assert again.id == spec.id


@settings(max_examples=100, deadline=None)
@given(spec=examples)
def test_a_short_link_holds_what_is_not_at_its_default(spec):
    short = spec.to_short_query()
    assert Example.from_query(short) == (spec, [])
    assert short.items() <= spec.to_query().items()
    assert not short.items() & Example().to_query().items()
    kept = spec.to_short_query(always=("steps",))
    assert kept == short | {"steps": str(spec.steps)}


def test_a_thousand_numbers_survive_a_link():
    spec = Example(prior=tuple(1 / (k + 3) for k in range(1000)))
    assert Example.from_query(spec.to_query()) == (spec, [])


def test_equal_numbers_of_a_list_are_all_kept():
    spec, problems = read(prior="0.25,0.25,0.5", counts="50,50,50")
    assert (spec.prior, spec.counts, problems) == ((0.25, 0.25, 0.5), (50, 50, 50), [])


def test_an_empty_link_gives_the_defaults():
    assert read() == (Example(), [])


def test_unknown_keys_are_left_to_others():
    assert read(view="teach", v="1", steps="4", __class__="x") == (Example(steps=4), [])


class Third(Spec):
    """Version 2 counted in dozens; version 1 had another name for it."""

    schema_version = 3
    changes: ClassVar = {
        1: lambda old: {"dozens": old.get("packs", "1")},
        2: lambda old: {"eggs": str(12 * int(old["dozens"]))},
    }
    eggs: int = Field(12, ge=0, le=1000)


def test_older_links_go_through_every_version_since():
    for query in ({"packs": "2"}, {"packs": "2", "v": "1"}, {"dozens": "2", "v": "2"}):
        assert Third.from_query(query) == (Third(eggs=24), [])
    assert Third.from_query({"eggs": "5", "v": "3"}) == (Third(eggs=5), [])


def test_links_carry_their_version_and_short_ones_from_the_second_on():
    assert Third(eggs=5).to_query() == Third(eggs=5).to_short_query() == {"eggs": "5", "v": "3"}
    assert Third().to_short_query() == {}
    assert Example(steps=4).to_query()["v"] == "1"
    assert Example(steps=4).to_short_query() == {"steps": "4"}


@pytest.mark.parametrize("version", ["4", "999999999999"])
def test_a_newer_link_opens_as_far_as_it_is_known(version):
    spec, (problem,) = Third.from_query({"eggs": "5", "hens": "2", "v": version})
    assert spec == Third(eggs=5)
    assert f"version '{version}' and this app knows 3" in problem
    assert_sentence(problem)


@pytest.mark.parametrize("version", ["0", "-1", "", "two", "1.5", "<b>"])
def test_a_version_that_is_none_is_told_and_the_link_read_as_it_is(version):
    spec, (problem,) = Third.from_query({"eggs": "5", "v": version})
    assert spec == Third(eggs=5)
    assert "v in the link must be a version, 1 to 3" in problem
    assert_sentence(problem)


def test_a_version_without_a_way_to_it_is_a_mistake():
    with pytest.raises(TypeError, match=r"from versions 1 to 1, got \[\]"):

        class Forgot(Spec):
            schema_version = 2


@pytest.mark.parametrize(
    ("name", "text", "nearest"),
    [
        ("steps", "0", 1),
        ("steps", "-7", 1),
        ("steps", "10", 9),
        ("steps", "9" * 200, 9),
        ("decay", "-1.0001", -1.0),
        ("decay", "2.5", 2.0),
        ("decay", "1e300", 2.0),
        ("dim", "1", 2),
        ("dim", "1000000", 64),
    ],
)
def test_a_number_out_of_range_becomes_the_nearest_bound(name, text, nearest):
    spec, (problem,) = read(**{name: text})
    assert getattr(spec, name) == nearest
    assert name in problem
    assert f"using {nearest}, the nearest" in problem
    assert repr(text[:10])[:-1] in problem


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("steps", "many", "a whole number"),
        ("steps", "3.5", "a whole number"),
        ("steps", "", "a whole number"),
        ("steps", "nan", "a whole number"),
        ("decay", "nan", "a number"),
        ("decay", "inf", "a number"),
        ("decay", "1e400", "a number"),
        ("decay", "1,5", "a number"),
        ("relu", "maybe", "0 or 1"),
        ("kind", "Cake", "one of cake, pie"),
        ("power", "3", "one of 1, 2, 4"),
        ("power", "2.0", "one of 1, 2, 4"),
        ("dim", "None", "a whole number"),
        ("scale", "-inf", "a number"),
        ("steps", "<script>alert(1)</script>", "a whole number"),
    ],
)
def test_text_that_is_no_value_becomes_the_default(name, text, wanted):
    spec, (problem,) = read(**{name: text})
    assert spec == Example()
    assert problem.startswith(f"{name} in the link must be {wanted}, not ")
    assert repr(text[:40])[:-1] in problem


def test_no_text_means_none_where_none_is_allowed():
    assert read(dim="", scale="") == (Example(dim=None, scale=None), [])


def test_flags_are_read_as_written_and_as_words():
    for text, value in [("1", True), ("0", False), ("true", True), ("False", False)]:
        assert read(relu=text) == (Example(relu=value), [])


def test_wrong_choices_are_left_out_of_a_list():
    spec, (problem,) = read(kinds="pie,mud,pie,cake")
    assert spec.kinds == ("pie", "cake")
    assert "'mud'" in problem
    assert "leaving it out" in problem
    spec, (problem,) = read(kinds="mud")
    assert spec.kinds == ("cake",)
    assert "using cake" in problem


@pytest.mark.parametrize("text", ["100,x,10", "100,1e400,10", "100,10.5", "nan"])
def test_a_list_of_numbers_is_taken_whole_or_not_at_all(text):
    """Without the wrong one, the numbers after it would belong to other classes."""
    spec, (problem,) = read(counts=text)
    assert spec == Example()
    assert "using 500,5." in problem


def test_a_value_too_long_becomes_the_default():
    for name in FIELDS:
        spec, (problem,) = read(**{name: "1," * 50_000})
        assert spec == Example()
        assert f"{name} in the link is too long" in problem


def test_a_field_that_its_type_refuses_takes_only_itself_down():
    spec, problems = read(name="x" * 61, pair="1,2,3", steps="4")
    assert spec == Example(steps=4)
    assert [problem.split()[0] for problem in problems] == ["name", "pair"]


def test_settings_that_do_not_fit_together_become_the_defaults():
    spec, (problem,) = Window.from_query({"low": "4", "high": "3"})
    assert spec == Window()
    assert problem == "The link does not fit together (low must be below high): using defaults."
    spec, problems = Window.from_query({"low": "9", "high": "3"})
    assert spec == Window()
    assert len(problems) == 2


NUMBERS = ["1e400", "-1e400", "1e-400", "nan", "inf", "-inf", "-0", "1_0", "٣", "0x10", "9" * 4301]
MARKUP = ["<script>", "[]", "{}", "%00", "../..", "\x00", "\n", "\u202e", " 3 ", "a" * 10**5]
nasty = st.sampled_from([*NUMBERS, *MARKUP, ",", "1,,2", "None", "True"])
texts = st.text(max_size=80) | nasty | st.text(string.digits + "+-.,e_ ", max_size=12)


@settings(max_examples=300, deadline=None)
@given(query=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), texts))
@example(query=dict.fromkeys(FIELDS, "1e400"))
@example(query=dict.fromkeys(FIELDS, ""))
@example(query=dict.fromkeys(FIELDS, "\u2028# *x*"))
def test_no_link_whatsoever_raises(query):
    spec, problems = Example.from_query(query)
    assert isinstance(spec, Example)
    assert len(problems) <= len(query)
    for problem in problems:
        assert_sentence(problem)
    assert Example.from_query(spec.to_query()) == (spec, [])


@settings(max_examples=100, deadline=None)
@given(a=examples, b=examples)
def test_ids_are_equal_exactly_if_all_fields_are(a, b):
    assert (a.id == b.id) == (a == b)
    assert a.model_copy().id == a.id
    for name in FIELDS:
        mixed = a.model_copy(update={name: getattr(b, name)})
        assert (mixed.id == a.id) == (getattr(a, name) == getattr(b, name))


def test_ids_do_not_depend_on_how_a_value_is_written():
    assert Example(decay=1).id == Example(decay=1.0).id
    assert Example(counts=[5, 3]).id == Example(counts=(5, 3)).id
    for zero in (Example(decay=0.0, pair=(0.0, 1.0)), Example(decay=-0.0, pair=(-0.0, 1.0))):
        assert zero.id == Example(decay=0).id
        assert "-" not in zero.to_query()["decay"] + zero.to_query()["pair"]


def test_an_id_is_sixteen_hexadecimal_digits_that_stay_the_same():
    assert re.fullmatch("[0-9a-f]{16}", Example().id)
    content = '["Window", 1, {"high": 3.0, "low": 0.0}]'
    assert Window().id == hashlib.sha256(content.encode()).hexdigest()[:16]


def test_ids_differ_between_kinds_of_spec_and_their_versions():
    class Other(Window):
        pass

    class Window2(Window):
        schema_version = 2
        changes: ClassVar = {1: dict}

    Window2.__name__ = "Window"
    assert len({Window().id, Other().id, Window2().id}) == 3
    assert Window2().to_query()["v"] == "2"


def test_settings_cannot_be_changed_and_take_no_unknown_field():
    spec = Example()
    with pytest.raises(ValidationError, match="frozen"):
        spec.steps = 5
    with pytest.raises(ValidationError, match="extra"):
        Example(stepz=5)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValidationError, match="finite"):
            Example(rate=bad)
    assert {spec: 1}[Example()] == 1


def test_settings_survive_json():
    spec = Example(counts=(3, 3), dim=None, prior=(0.1, 1e-9))
    assert Example.model_validate_json(spec.model_dump_json()) == spec


def test_what_controls_ask_of_a_field():
    fields = Example.model_fields
    assert bounds(fields["steps"]) == (1, 9)
    assert bounds(fields["dim"]) == (2, 64)
    assert bounds(fields["seed"]) == (None, None)
    assert options(fields["kind"].annotation) == ("cake", "pie")
    assert options(fields["steps"].annotation) is None
    assert item_type(fields["counts"].annotation) is int
    assert item_type(fields["steps"].annotation) is None
    assert plain_type(fields["dim"].annotation) is int
    assert plain_type(fields["steps"].annotation) is int


def test_a_kind_of_settings_is_found_by_its_name():
    assert KINDS["Example"] is Example
    assert KINDS["Window"].__name__ == "Window"
    assert "Spec" not in KINDS
