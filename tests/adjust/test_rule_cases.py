"""One file of cases holds the rules in Python and those in the browser to the same numbers.

`python -m tests.adjust.test_rule_cases --write` makes rule_cases.json anew from the library;
tests/browser/test_boundaries.py checks the browser's rules against it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from app.adjust import Setup, score_function
from app.longtail import class_counts
from app.theory import etf_angle, simplex_etf, weight_angles

FILE = Path(__file__).with_name("rule_cases.json")
RULES = {"raw": None, "mla": "gamma", "ala": "tau", "tau-norm": "tau", "1vs1": "gamma"}


def expected(case):
    setup = Setup(
        case["counts"],
        weights=np.array(case["weights"]) if case["weights"] else None,
        weight_norms=case["norms"],
        bias=case["bias"],
    )
    score = score_function(case["rule"], setup, {"gamma": case["gamma"], "tau": case["tau"]})
    scores = score(np.array(case["logits"]))
    return scores.argmax(axis=1), scores


def described(rule, counts, logits, gamma, tau, weights=None, norms=None, bias=None):
    K = len(counts)
    angles = None if weights is None else weight_angles(weights)
    case = {
        "rule": rule,
        "counts": [int(n) for n in counts],
        "gamma": gamma,
        "tau": tau,
        "logits": np.asarray(logits).tolist(),
        "weights": None if weights is None else np.asarray(weights).tolist(),
        "norms": [1.0] * K if norms is None else np.asarray(norms).tolist(),
        "bias": [0.0] * K if bias is None else np.asarray(bias).tolist(),
        "psi": etf_angle(K) if angles is None else angles.tolist(),
    }
    predictions, scores = expected(case)
    return case | {
        "predictions": predictions.tolist(),
        "scores": [[float(f"{s:.13g}") for s in row] for row in scores],
    }


def cases():
    """Ordinary, negative, zero and tied logits; few and many classes; ETF, circle and random."""
    rng = np.random.default_rng(7)
    for K in (2, 3, 5, 10, 37, 100):
        counts = class_counts(K, 1000, 100)
        rows = np.round(rng.normal(size=(2 if K > 12 else 12, K)), 3)
        special = [-np.abs(rows[0]), np.zeros(K), np.full(K, 0.5), -np.full(K, 0.5), rows[1]]
        special[-1][: K // 2 + 1] = 0.0
        logits = np.vstack([rows, special])
        for rule in RULES:
            for strength in (0.0, 0.5, 1.7) if K <= 10 else (0.5,):
                yield described(rule, counts, logits, strength, strength)
    for K in (3, 6, 12):
        turn = 2 * np.pi * np.arange(K) / K
        norms = np.round(rng.uniform(0.5, 2, K), 3)
        weights = norms[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
        features = np.round(rng.normal(size=(40, 2)), 3)
        bias = np.round(rng.normal(size=K), 3)
        counts = class_counts(K, 500, 100)
        for rule in RULES:
            logits = features @ weights.T + (bias if rule == "tau-norm" else 0)
            for strength in (0.5, 1.0):
                yield described(
                    rule,
                    counts,
                    logits,
                    strength,
                    strength,
                    weights,
                    np.linalg.norm(weights, axis=1),
                    bias,
                )
    # Cycles of votes: three classes on the ETF at strong imbalance.
    directions = np.linspace(0, 2 * np.pi, 60, endpoint=False) + 0.013
    logits = np.stack([np.cos(directions), np.sin(directions)], 1) @ simplex_etf(3).T
    for gamma in (0.5, 1.0, 2.0):
        yield described("1vs1", [500, 50, 5], logits, gamma, 0.0)
    # Equal counts: all that ties stays tied, the first class has it.
    for rule in RULES:
        yield described(rule, [9, 9, 9], [[1, 1, 0], [0, 0, 0], [-1, -1, -1], [0, 2, 2]], 0.5, 1.0)


def read():
    return json.loads(FILE.read_text())


def test_the_file_holds_every_rule_ties_and_up_to_a_hundred_classes():
    stored = read()
    assert {case["rule"] for case in stored} == set(RULES)
    assert {2, 3, 10, 100} <= {len(case["counts"]) for case in stored}
    duels = [row for case in stored if case["rule"] == "1vs1" for row in case["scores"]]
    assert sum(max(row) % 1 == 0.5 for row in duels) > 20
    assert any(min(map(max, case["logits"])) < 0 for case in stored)


@pytest.mark.parametrize(
    "number", range(len(json.loads(FILE.read_text()))) if FILE.exists() else []
)
def test_python_agrees_with_the_cases(number):
    case = read()[number]
    predictions, scores = expected(case)
    np.testing.assert_allclose(scores, case["scores"], rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(predictions, case["predictions"])


if __name__ == "__main__" and "--write" in sys.argv:
    FILE.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n")
