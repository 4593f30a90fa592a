"""The table of what the app withstands says what was measured."""

import json

import pytest

from tests.proof import KEPT, README, as_table, with_table


def test_the_table_of_the_readme_is_that_of_the_stored_measurements():
    readme = README.read_text()
    assert with_table(readme, json.loads(KEPT.read_text())) == readme


def test_what_failed_is_in_the_table():
    faults = [
        {"what": "A disk is full", "where": "a save", "promise": "", "kept": "no", "seconds": 1},
        {
            "what": "A disk is full",
            "where": "an upload",
            "promise": "",
            "kept": "yes",
            "seconds": 1,
        },
    ]
    kept = {"faults": {"date": "2026-11-21", "machine": "CPU", "found": {"faults": faults}}}
    table = as_table(kept)
    assert "| 1 of 2 |" in table
    assert "| A disk is full, a save | no | 2026-11-21, CPU |" in table


def test_a_readme_without_marks_is_left_alone():
    with pytest.raises(Exception, match="has no"):
        with_table("# Nothing here", {})
