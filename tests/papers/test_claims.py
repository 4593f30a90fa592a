"""Claims, their checks and their stored results fit together."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from app.errors import UserError
from app.papers import (
    Claim,
    Measured,
    Result,
    Verdict,
    all_claims,
    largest_difference,
    measured,
    papers,
    read_results,
    write_results,
)
from app.papers.checks import CHECKS
from app.papers.verdict import verdict_of, within

CITATION = Path(__file__).resolve().parents[2] / "CITATION.cff"
# What trains on real data chooses an epoch, and rounding may choose another one.
TOLERANCE, TRAINED = 1e-6, 1.0
CLAIM = Claim("a", "A.", None, {}, "half", "Because.")
HALF = Measured({"x": 0.5}, "Half.", "part")


def test_every_paper_that_is_cited_has_its_claims():
    cited = " ".join(CITATION.read_text(encoding="utf-8").split())
    assert len(papers()) == cited.count("url: ") == 5
    for paper in papers():
        assert f"url: {paper.url}" in cited
        assert paper.title in cited
        names = [author.split()[-1] for author in paper.authors.split(", ")]
        assert all(f"family-names: {name}" in cited for name in names)
        assert len(paper.claims) >= 4


def test_every_claim_with_a_check_has_a_result_and_no_other():
    claims = all_claims()
    assert len({claim.id for claim in claims}) == len(claims)
    assert {c.check for c in claims if c.check} == CHECKS.keys()
    results = read_results()
    assert results.keys() == {claim.id for claim in claims if claim.check}
    assert {r.verdict for r in results.values()} <= set(get_args(Verdict)) - {"untested"}
    assert all(claim.claim and claim.why for claim in claims)


def test_no_measured_figure_is_typed_by_hand():
    for claim in all_claims():
        assert not re.search(r"\d[.]\d|\d ?%|\d points", claim.claim + claim.why)


def test_results_come_back_as_they_were_stored(tmp_path):
    results = measured([CLAIM], {"half": lambda: HALF})
    write_results(results, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == results
    assert results["a"].verdict == "part"


def test_results_of_another_schema_are_refused(tmp_path):
    path = tmp_path / "results.json"
    write_results({}, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 0}))
    with pytest.raises(UserError, match="must have schema"):
        read_results(path)


def test_a_check_that_does_not_exist_is_named():
    with pytest.raises(UserError, match="check of a must be one of full"):
        measured([CLAIM], {"full": lambda: HALF})


def test_difference_of_results():
    one = Result({"x": 0.5, "y": 100.0}, "", "part", "2024-01-01")
    other = Result({"x": 0.5, "y": 101.0}, "", "part", "2024-01-02")
    assert largest_difference(one, one) == 0
    assert largest_difference(one, other) == pytest.approx(0.01)
    flipped = Result(one.values, "", "holds", one.date)
    assert largest_difference(one, flipped) == float("inf")
    assert largest_difference(one, Result({"x": 0.5}, "", "part", "")) == float("inf")


def test_verdicts_and_bounds():
    assert verdict_of(True) == verdict_of(True, True) == "holds"
    assert verdict_of(False, True) == "part"
    assert verdict_of(False) == "fails"
    assert [within(error) for error in (0.0, 3e-5, 0.02)] == ["1e-09", "1e-04", "1e-01"]


@pytest.mark.parametrize(
    "check", ["many_classes", "few_classes", "symmetric_ldt_classifier", "flipped_sign"]
)
def test_quick_checks_give_what_is_stored(check):
    claim = next(claim for claim in all_claims() if claim.check == check)
    found = measured([claim], CHECKS)[claim.id]
    assert largest_difference(read_results()[claim.id], found) < TOLERANCE
    assert found.text == read_results()[claim.id].text


@pytest.mark.slow
@pytest.mark.parametrize("claim", [c for c in all_claims() if c.check], ids=lambda c: c.id)
def test_every_result_is_measured_again(claim):
    found = measured([claim], CHECKS)[claim.id]
    trains = claim.id.startswith("retargeting") or claim.id == "wrong-resampling"
    tolerance = TRAINED if trains else TOLERANCE
    assert largest_difference(read_results()[claim.id], found) < tolerance
