"""What exact paths refuse, each in a sentence that names the argument."""

import numpy as np
import pytest

from app.adjust.exact import exact_path
from app.errors import UserError
from tests.adjust.paths import COUNTS, LABELS, LOGITS, problem

BAD = {
    "logits": [
        (np.ones(7), "one column for each of 7 classes, got an array of shape \\(7,\\)"),
        (np.ones((2, 6)), "one column for each of 7 classes, got an array of shape \\(2, 6\\)"),
        (np.ones((0, 7)), "at least 1 row .* got an array of shape \\(0, 7\\)"),
    ],
    "y": [
        ([0], "y must hold 2 integers, got int64 of shape \\(1,\\)"),
        ([0.0, 1.0], "y must hold 2 integers, got float64 of shape \\(2,\\)"),
        ([0, 7], "y must lie in 0..6, got 0 to 7"),
        ([-1, 3], "y must lie in 0..6, got -1 to 3"),
    ],
    "class_counts": [
        ([5, 3, 0, 1, 1, 1, 1], "class_counts must all be positive, got 0 for class 2"),
        (np.ones((7, 1)), "class_counts must hold one number .* shape \\(7, 1\\)"),
    ],
    "bounds": [
        ((1.0, 1.0), "two increasing finite numbers, got \\(1.0, 1.0\\)"),
        ((2.0, 1.0), "two increasing finite numbers"),
        ((0.0, np.inf), "two increasing finite numbers"),
        ((np.nan, 1.0), "two increasing finite numbers"),
    ],
    "rule": [("softmax", "rule must be one of mla, ala, tau-norm, 1vs1, got 'softmax'")],
    "groups": [(["many", "few"], "groups must hold one name for each of 7 classes, .* \\(2,\\)")],
}


@pytest.mark.parametrize(
    ("name", "value", "sentence"), [(name, *bad) for name, cases in BAD.items() for bad in cases]
)
def test_refusals_name_the_argument(name, value, sentence):
    arguments = {"logits": np.ones((2, 7)), "y": [0, 1], "class_counts": COUNTS, name: value}
    with pytest.raises(UserError, match=sentence):
        exact_path(**arguments)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "weight_norms are needed for rule 'tau-norm', got None"),
        ({"weight_norms": [1.0, 2.0]}, "weight_norms must hold 7 numbers"),
        ({"weight_norms": np.zeros(7)}, "weight_norms must be one positive number a class"),
        ({"weight_norms": np.ones(7), "bias": [1.0, 2.0]}, "bias must hold 7 finite numbers"),
        ({"weight_norms": np.ones(7), "bias": [np.nan] * 7}, "bias must hold 7 finite numbers"),
    ],
)
def test_refusals_of_tau_normalisation(options, sentence):
    with pytest.raises(UserError, match=sentence):
        exact_path(LOGITS, LABELS, COUNTS, "tau-norm", **options)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda path: path.at(3.5), r"parameter must lie in \[0, 3\], got 3.5"),
        (lambda path: path.at(-1e-9), r"parameter must lie in \[0, 3\], got -1e-09"),
        (lambda path: path.at(np.nan), r"parameter must lie in \[0, 3\], got nan"),
        (lambda path: path.curve("f1"), "metric must be one of accuracy, .* got 'f1'"),
        (lambda path: path.best("few"), "few is not defined: no sample of such a class was given"),
        (lambda path: path.bootstrap("few"), "few is not defined"),
        (lambda path: path.curve("accuracy", (1, 1)), r"bounds must increase and lie in \[0, 3\]"),
        (lambda path: path.best("accuracy", (0, 4)), r"lie in \[0, 3\], got \(0, 4\)"),
        (lambda path: path.best("accuracy", (-1, 2)), r"lie in \[0, 3\], got \(-1, 2\)"),
    ],
)
def test_refusals_of_a_path(call, sentence):
    logits, labels = problem(absent=(1, 5))
    with pytest.raises(UserError, match=sentence):
        call(exact_path(logits, labels, COUNTS))
