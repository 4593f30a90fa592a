import numpy as np
import pytest

from app.adjust.adjusters import ADJUSTERS, Setup, check_setup, logit_signs, score_function
from app.errors import UserError

COUNTS = np.array([500, 80, 20, 4])
NORMS = np.array([1.5, 2.0, 0.7, 1.0])
BIAS = np.array([0.2, -0.1, 0.0, 0.4])
Z = np.random.default_rng(0).normal(size=(50, 4))
PRIOR = COUNTS / COUNTS.sum()
SHARE = COUNTS / COUNTS.max()
TARGET = np.array([0.125, 0.125, 0.125, 0.625])
CENTRED = Z - Z.mean(axis=1, keepdims=True)

FORMULAS = [
    ("raw", {}, {}, Z),
    ("raw", {"center": True}, {}, Z),
    ("mla", {}, {"gamma": 0.7}, Z * SHARE**-0.7),
    ("mla", {"center": True}, {"gamma": 0.7}, CENTRED * SHARE**-0.7),
    ("ala", {}, {"tau": 1.3}, Z - 1.3 * np.log(PRIOR)),
    ("ala", {"target_prior": "train"}, {"tau": 1.3}, Z - 0.3 * np.log(PRIOR)),
    ("ala", {"target_prior": [1, 1, 1, 5]}, {"tau": 1}, Z - np.log(PRIOR / TARGET)),
    ("tau-norm", {"weight_norms": NORMS}, {"tau": 1.1}, Z / (NORMS / 2) ** 1.1),
    ("tau-norm", {"weight_norms": NORMS, "bias": BIAS}, {"tau": 1}, (Z - BIAS) / (NORMS / 2)),
    ("vs", {}, {"gamma": 0.2, "tau": 0.6}, Z * SHARE**-0.2 - 0.6 * np.log(PRIOR)),
    (
        "vs",
        {"center": True, "target_prior": "train"},
        {"gamma": 0.2, "tau": 0.6},
        CENTRED * SHARE**-0.2 - 0.6 * np.log(PRIOR),
    ),
    ("temperature", {}, {"temperature": 2.5}, Z / 2.5),
]


@pytest.mark.parametrize(("name", "setup", "parameters", "expected"), FORMULAS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scores_are_the_formulas(name, setup, parameters, expected, dtype):
    scores = score_function(name, Setup(COUNTS, **setup), parameters)(Z.astype(dtype))
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, expected, rtol=1e-12 if dtype == np.float64 else 1e-4)


def test_scores_of_1vs1_are_votes_of_all_pairs():
    scores = score_function("1vs1", Setup(COUNTS), {"gamma": 0.0})(Z)
    wins = (Z[:, :, None] > Z[:, None, :]).sum(axis=2)
    np.testing.assert_array_equal(scores, wins)
    scores = score_function("1vs1", Setup(COUNTS), {"gamma": 0.8})(Z)
    tied = scores % 1 == 0.5
    assert ((np.floor(scores) >= 0) & (np.floor(scores) <= 3)).all()
    assert tied.sum(axis=1).max() <= 1


def test_1vs1_takes_its_options_from_the_setup():
    centred = score_function("1vs1", Setup(COUNTS, center=True), {"gamma": 0.5})
    plain = score_function("1vs1", Setup(COUNTS), {"gamma": 0.5})
    np.testing.assert_array_equal(centred(Z), plain(CENTRED))
    norms = Setup(np.ones(4), feature_norms=COUNTS)
    np.testing.assert_array_equal(
        score_function("1vs1", norms, {"gamma": 0.3})(Z),
        score_function("1vs1", Setup(COUNTS), {"gamma": 1.0})(Z),
    )


@pytest.mark.parametrize("name", ADJUSTERS)
def test_scores_leave_the_logits_alone(name):
    logits = Z.copy()
    logits.flags.writeable = False
    setup = Setup(COUNTS, weight_norms=NORMS)
    scores = score_function(name, setup, dict.fromkeys(ADJUSTERS[name].parameters, 1.0))(logits)
    assert scores.flags.writeable
    assert not np.shares_memory(scores, logits)


@pytest.mark.parametrize("name", ADJUSTERS)
def test_the_table_describes_every_adjuster(name):
    entry = ADJUSTERS[name]
    assert entry.name == name
    assert entry.title
    assert entry.formula
    assert entry.source
    assert entry.probabilistic == (name != "1vs1")
    assert set(entry.parameters) <= {"gamma", "tau", "temperature"}


@pytest.mark.parametrize("value", ["missing", None, np.nan, np.inf, -np.inf, "1", [1.0], 1j])
@pytest.mark.parametrize("name", [n for n, entry in ADJUSTERS.items() if entry.parameters])
def test_each_parameter_must_be_a_finite_number(name, value):
    setup = Setup(COUNTS, weight_norms=NORMS)
    for missing in ADJUSTERS[name].parameters:
        parameters = dict.fromkeys(ADJUSTERS[name].parameters, 0.5) | {missing: value}
        if value == "missing":
            del parameters[missing]
        with pytest.raises(UserError, match=f"{missing} must be a finite number, got"):
            score_function(name, setup, parameters)


def test_an_unknown_adjuster_is_refused_with_those_known():
    with pytest.raises(UserError, match=r"raw, mla, ala, 1vs1, tau-norm, vs, temp.*'platt'"):
        score_function("platt", Setup(COUNTS), {})


def test_tau_norm_needs_norms():
    assert not Setup(COUNTS).usable("tau-norm")
    assert Setup(COUNTS, weight_norms=NORMS).usable("tau-norm")
    assert all(Setup(COUNTS).usable(name) for name in ADJUSTERS if name != "tau-norm")
    with pytest.raises(UserError, match="tau-norm needs weight_norms"):
        score_function("tau-norm", Setup(COUNTS), {"tau": 1.0})


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("weight_norms must hold 4 numbers, got float64 of shape", {"weight_norms": NORMS[:2]}),
        ("bias must hold 4 numbers", {"bias": 0.5}),
        ("bias must hold 4 numbers, got <U1", {"bias": list("abcd")}),
        ("bias must be finite, got inf for class 3", {"bias": [0, 0, 0, np.inf]}),
        ("feature_norms must be finite, got nan for class 0", {"feature_norms": [np.nan, 1, 1, 1]}),
        ("ties must be 'margin' or 'head', got 'dice'", {"ties": "dice"}),
    ],
)
def test_a_setup_that_does_not_fit_is_refused(message, wrong):
    with pytest.raises(UserError, match=message):
        check_setup(Setup(COUNTS, **wrong))
    with pytest.raises(UserError, match=message):
        score_function("mla", Setup(COUNTS, **wrong), {"gamma": 0.5})


def test_groups_use_the_thresholds_of_the_setup():
    assert Setup(COUNTS).groups.tolist() == ["many", "medium", "medium", "few"]
    thresholds = Setup(COUNTS, many=50, few=30)
    assert thresholds.groups.tolist() == ["many", "many", "few", "few"]


def test_logit_signs_count_the_rows_where_zero_matters():
    logits = np.array([[1.0, 2.0], [-1.0, 2.0], [-1.0, -2.0], [0.0, -1.0], [0.0, 0.0]])
    assert logit_signs(logits) == (1, 3)
    assert logit_signs(logits - logits.mean(axis=1, keepdims=True))[0] == 0
