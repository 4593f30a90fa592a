"""Which closed form goes with which model, held against the solved optimum."""

from itertools import pairwise

import numpy as np
import pytest

from app.ufm import UFMSpec, observe, solve
from app.ufm.prediction import as_prediction, predict

COUNTS = (60, 60, 20, 6)


def distance(a, b):
    return np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b))


def gaps(spec):
    prediction, optimum = predict(spec), as_prediction(solve(spec))
    names = ("classifier_gram", "embedding_gram", "logits")
    return [distance(getattr(prediction, n), getattr(optimum, n)) for n in names]


@pytest.mark.parametrize("convention", ["mean", "sum"])
def test_relu_frame_is_the_optimum(convention):
    scale = sum(COUNTS) if convention == "sum" else 1
    spec = UFMSpec(
        counts=COUNTS,
        dim=30,
        relu=True,
        weight_decay=2e-3 * scale,
        feature_decay=5e-4 * scale,
        convention=convention,
    )
    assert predict(spec).exact
    assert max(gaps(spec)) < 1e-5


@pytest.mark.parametrize(
    ("loss", "settings"),
    [
        ("ce", {}),
        ("wce", {}),
        ("la", {"tau": 1.0}),
        ("cdt", {"gamma": 0.5}),
        ("ldt", {"gamma": -0.4}),
        ("vs", {"gamma": 0.3, "tau": 0.5}),
        ("ldam", {}),
    ],
)
def test_limits_are_approached_as_decays_vanish(loss, settings):
    """The distance falls only as one over a logarithm, so it must go on falling."""
    found = []
    for decay in (1e-4, 1e-7, 1e-10):
        spec = UFMSpec(
            counts=COUNTS,
            dim=4,
            loss=loss,
            weight_decay=4 * decay,
            feature_decay=decay,
            **settings,
        )
        assert not predict(spec).exact
        found.append(max(gaps(spec)))
    assert found[0] > found[1] > found[2]
    # Additive terms slow it down.
    assert found[2] < (0.12 if settings.get("tau", 0) == 0 else 0.25)


def test_the_ratio_of_decays_scales_the_factors():
    spec = UFMSpec(counts=COUNTS, dim=4, weight_decay=4e-10, feature_decay=1e-10)
    prediction, optimum = predict(spec), solve(spec)
    found = np.linalg.norm(optimum.arrays["classifier"]) / np.linalg.norm(optimum.arrays["means"])
    expected = np.linalg.norm(prediction.classifier) / np.linalg.norm(prediction.means)
    assert found == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "focal"},
        {"loss": "mse"},
        {"classifier": "etf"},
        {"weight_decay": 0.0},
        {"feature_decay": 0.0},
        {"dim": 2},
        {"relu": True, "bias": True},
        {"relu": True, "loss": "cdt"},
        {"relu": True, "dim": 3, "weight_decay": 1e-6},
    ],
    ids=str,
)
def test_no_closed_form_is_claimed_where_none_is_known(settings):
    assert predict(UFMSpec(**({"counts": COUNTS, "dim": 12} | settings))) is None


def test_observed_metrics_end_at_the_optimum():
    spec = UFMSpec(counts=COUNTS, dim=6, weight_decay=5e-3, feature_decay=5e-3, steps=3000)
    snapshots, optimum = list(observe(spec)), solve(spec)
    bounds = [snapshot.metrics["lower_bound"] for snapshot in snapshots]
    assert all(b >= a for a, b in pairwise(bounds))
    assert bounds[-1] <= optimum.metrics["objective"] * (1 + 1e-12)
    last = snapshots[-1].metrics
    assert last["objective"] == pytest.approx(optimum.metrics["objective"], rel=1e-9)
    assert last["gap"] < 1e-6 * last["objective"]
    assert last["optimum_logits"] < 1e-4
    assert last["ratio"] == pytest.approx(1, abs=1e-3)
    first = snapshots[0].metrics
    assert first["gap"] >= first["objective"] - optimum.metrics["objective"]
    assert last["theory_classifier"] == pytest.approx(gaps(spec)[0], abs=1e-4)
