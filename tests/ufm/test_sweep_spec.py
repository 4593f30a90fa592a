"""Settings of a grid: what is refused, and what comes through a link."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.spec import bounds, options, plain_type
from app.ufm.sweep import SweepSpec


def test_columns_have_whole_counts_and_none_twice():
    spec = SweepSpec(tail_count=1, ratio_high=10, size=40)
    np.testing.assert_array_equal(spec.ratios, np.arange(1, 11))
    assert spec.steps == 400
    assert spec.counts.shape == (10, 10)
    assert (spec.counts[:, 5:] == 1).all()
    long = SweepSpec(profile="exponential", tail_count=7, ratio_low=30)
    assert (long.counts[:, -1] == 7).all()
    assert (np.diff(long.counts, axis=1) < 0).all()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ratio_low": 10, "ratio_high": 10}, "ratio_low must be below ratio_high, got 10 and 10"),
        ({"decay_low": 0.1, "decay_high": 0.01}, "decay_low must be below decay_high"),
        ({"minority_fraction": 1.0}, "minority_fraction must leave 2 to 9 small classes of 10"),
        ({"minority_fraction": 0.1}, "got 1"),
        ({"classes": 3, "minority_fraction": 0.9}, "2 to 2 small classes of 3, got 3"),
        ({"tail_count": 1000, "ratio_high": 5000}, "at most 1,000,000, got 5,000,000"),
        ({"tail_count": 1, "ratio_high": 1.2}, "must give different head counts, both give 1"),
        ({"classes": 21}, "less than or equal to 20"),
        ({"size": 41}, "less than or equal to 40"),
        ({"decay_low": 0}, "greater than or equal to 0.00000001"),
        ({"dim": 101}, "less than or equal to 100"),
        ({"loss": "focal"}, "Input should be"),
    ],
)
def test_what_spans_no_grid_is_refused_in_words(fields, reason):
    with pytest.raises(ValidationError) as error:
        SweepSpec(**fields)
    assert reason in str(error.value)


def in_bounds(name):
    field = SweepSpec.model_fields[name]
    kind, (low, high) = plain_type(field.annotation), bounds(field)
    if (allowed := options(kind)) is not None:
        return st.sampled_from(allowed)
    if kind is bool:
        return st.booleans()
    return st.integers(low, high) if kind is int else st.floats(low, high)


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({}, optional={n: in_bounds(n) for n in SweepSpec.model_fields}))
def test_settings_go_through_a_link_and_back(fields):
    try:
        spec = SweepSpec(**fields)
    except ValidationError:
        return
    assert SweepSpec.from_query(spec.to_query()) == (spec, [])
    assert SweepSpec.model_validate_json(spec.model_dump_json()).id == spec.id


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(SweepSpec.model_fields)),
        st.sampled_from(["", "-1", "1e9", "nan", "inf", "0", "<b>", "ce", "1", "ß", "9" * 400]),
    )
)
def test_any_link_gives_settings_that_can_be_computed(query):
    spec, _ = SweepSpec.from_query(query)
    assert spec.steps <= 1600
    assert spec.counts.max() <= 1_000_000
    assert spec.counts.min() >= 1
    assert 2 <= spec.num_minority < spec.classes <= 20
