import numpy as np
import pytest

from app.tune import (
    TuneSpec,
    chosen_by_hand,
    comparison,
    estimator_code,
    judge_by_hand,
    numpy_code,
    origin,
    report,
)
from app.tune.by_hand import parameter_of
from tests.tune.test_look_up import RULES, upload


def tuned(name, **spec):
    chosen = TuneSpec(judge="same", samples=20, **spec)
    work = comparison(upload(), chosen)
    return chosen, work, work.line(name, judge="same", samples=20)


@pytest.mark.parametrize("name", RULES)
def test_the_tuned_value_by_hand_gives_the_tuned_line_without_its_uncertainty(name):
    _, work, line = tuned(name)
    ((parameter, value),) = line.parameters.items()
    by_hand = judge_by_hand(work, line, value)
    assert parameter == parameter_of(name)
    np.testing.assert_array_equal(by_hand.predictions, line.predictions)
    assert by_hand.parameters == line.parameters
    for field in ("scores", "nll", "ece"):
        np.testing.assert_equal(getattr(by_hand, field), getattr(line, field))
    assert by_hand.optimum is None
    assert by_hand.bootstrap is None
    assert np.isnan(by_hand.p_value)
    assert chosen_by_hand(by_hand)
    assert not chosen_by_hand(line)


def test_only_rules_with_a_path_have_a_value_to_choose():
    names = ("raw", "mla", "ala", "1vs1", "tau-norm", "vs", "temperature")
    assert [parameter_of(n) for n in names] == [None, "gamma", "tau", "gamma", "tau", None, None]


@pytest.mark.parametrize("name", RULES)
def test_the_code_of_a_value_by_hand_predicts_what_was_judged_and_says_so(name):
    spec, work, line = tuned(name)
    by_hand = judge_by_hand(work, line, 0.42)
    comment = origin("mine.npz", spec, by_hand, "x")
    assert comment.splitlines() == [
        f"{work_title(name)} on mine.npz: {parameter_of(name)} was chosen by hand, not tuned."
    ]
    code = numpy_code(name, by_hand.parameters, work.setup, comment)
    assert f"{parameter_of(name)} = 0.42" in code
    scope = {}
    exec(code, scope)
    found = scope["adjust"](work.logits).argmax(axis=1)
    np.testing.assert_array_equal(found, by_hand.predictions)
    assert "=0.42" in estimator_code(name, by_hand.parameters, work.setup)


def work_title(name):
    return {"mla": "MLA", "ala": "ALA", "1vs1": "1vs1adjuster", "tau-norm": "tau-norm"}[name]


def test_the_report_keeps_the_tuned_value_beside_the_chosen_one():
    spec, work, line = tuned("mla", value=0.42)
    by_hand = judge_by_hand(work, line, 0.42)
    record = report(upload(), spec, [line], by_hand)
    assert record["adjusters"][0]["parameters"] == line.parameters
    assert record["chosen_by_hand"]["parameters"] == {"gamma": 0.42}
    assert record["chosen_by_hand"]["balanced_accuracy"] == by_hand.scores["balanced_accuracy"]
    assert record["spec"]["value"] == 0.42
