"""Settings of a comparison."""

import pytest
from pydantic import ValidationError

from app.probe import ProbeSpec
from tests.probe.small_runs import SPEC, changed


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ("ce", "ce")}, "methods must differ"),
        ({"methods": ()}, "at least 1"),
        ({"methods": ("svm",)}, "Input should be"),
        ({"learning_rates": (0.0,)}, "greater than 0"),
        (
            {"seeds": 20, "learning_rates": (0.1,) * 12, "weight_decays": (0.0,) * 12},
            r"at most 2,000, got 20,160",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        changed(**values)


def test_settings_survive_a_link():
    spec = changed(learning_rates=(0.1, 3e-5), ratio=20.0, delta=0.5, selection="last")
    again, problems = ProbeSpec.from_query(spec.to_query())
    assert (again, problems) == (spec, [])
    assert again.id == spec.id != SPEC.id
