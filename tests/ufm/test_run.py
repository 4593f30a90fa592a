"""Runs: where they end, on which engine, and what goes wrong in words."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.errors import UserError
from app.theory.simplex import simplex_etf
from app.ufm import UFMSpec
from app.ufm.device import engine_on
from app.ufm.dynamics import CompiledEngine, ReferenceEngine
from app.ufm.problem import problem_of, value_and_gradient
from app.ufm.run import divergence, run
from app.ufm.schedule import SNAPSHOTS, recorded_steps
from app.ufm.torch_engine import TorchEngine
from tests.ufm.small_runs import OPTIMIZERS, SMALL, STEP, changed, last


# Exact minima of a problem with four unknowns to which symmetry reduces this one.
@pytest.mark.parametrize(
    ("decay", "optimum"),
    [(5e-4, 0.1466216836), (5e-3, 0.9498489619), (1e-2, 1.5105899475), (2e-2, 2.1699012850)],
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_reaches_the_known_optimum(optimizer, decay, optimum):
    spec = changed(STEP, optimizer=optimizer, weight_decay=decay, feature_decay=decay, steps=5000)
    final = last(spec)
    slack = 1e-3 if optimizer == "adam" else 1e-8
    assert final.metrics["objective"] == pytest.approx(optimum, rel=slack)
    assert final.metrics["objective"] > optimum * (1 - 1e-9)
    assert final.metrics["diverged"] == 0.0


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("classifier", ["learned", "etf"])
def test_features_after_a_relu_end_where_no_allowed_step_descends(classifier, optimizer):
    spec = changed(SMALL, optimizer=optimizer, relu=True, steps=20_000, bias=True, bias_decay=0.1)
    spec = changed(spec, classifier=classifier, weight_decay=5e-3, feature_decay=5e-3)
    final = last(spec)
    problem = problem_of(spec)
    H = final.arrays["means"]
    assert (H >= 0.0).all()
    assert ((H == 0.0) & (H.max() > 0.1)).any()
    U = H * np.sqrt(problem.copies)[:, None]
    _, *gradient = value_and_gradient(problem, final.arrays["classifier"], U, final.arrays["bias"])
    at_bound = np.where(H > 0.0, gradient[1], np.minimum(gradient[1], 0.0))
    slack = 1e-3 if optimizer == "adam" else 1e-6
    for part in (gradient[0], at_bound, gradient[2]):
        np.testing.assert_allclose(part, 0.0, atol=slack)
    norm = np.sqrt(sum((part**2).sum() for part in (gradient[0], at_bound, gradient[2])))
    assert final.metrics["gradient_norm"] == pytest.approx(norm, rel=1e-6, abs=1e-12)


def test_a_fixed_classifier_stays():
    for snapshot in run(changed(SMALL, classifier="etf", optimizer="momentum")):
        np.testing.assert_array_equal(snapshot.arrays["classifier"], simplex_etf(4, 4))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_snapshots_come_at_the_recorded_steps(optimizer):
    spec = changed(STEP, optimizer=optimizer, steps=1000)
    steps = [snapshot.step for snapshot in run(spec)]
    assert steps[0] == 0
    assert steps == sorted(set(steps))
    if optimizer != "lbfgs":  # It may end before.
        assert steps == list(recorded_steps(1000))
        assert len(steps) == SNAPSHOTS


@pytest.mark.parametrize(
    ("optimizer", "per_sample"),
    [(name, False) for name in OPTIMIZERS] + [(name, True) for name in OPTIMIZERS[:-1]],
)
def test_same_settings_give_the_same_run(optimizer, per_sample):
    spec = changed(SMALL, optimizer=optimizer, per_sample=per_sample, device="cpu")
    first, second = list(run(spec)), list(run(spec))
    other = last(changed(spec, seed=1))
    for a, b in zip(first, second, strict=True):
        assert a.step == b.step
        np.testing.assert_equal(dict(a.metrics), dict(b.metrics))
        for name in a.arrays:
            np.testing.assert_array_equal(a.arrays[name], b.arrays[name])
    assert np.abs(other.arrays["means"] - first[-1].arrays["means"]).max() > 1e-3


@pytest.mark.parametrize("rate", [None, 60.0])
@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_other_engines_give_the_same_run(monkeypatch, engine, optimizer, rate):
    """Rates that are too large included: halved where free, the end of the run where not."""
    spec = changed(SMALL, optimizer=optimizer, learning_rate=rate, loss="mse", init_scale=4.0)
    compiled = list(run(spec))

    def other_engine(device, problem, dtype):
        if engine == "numpy":
            return ReferenceEngine(problem)
        return TorchEngine(problem, dtype, device)

    monkeypatch.setattr(sys.modules[run.__module__], "engine_on", other_engine)
    other = list(run(spec))
    first, final = compiled[0].metrics, compiled[-1].metrics
    if rate is None:
        assert final["learning_rate"] < first["learning_rate"]
    else:
        assert final["diverged"] == 1.0
    for ours, theirs in zip(compiled[:60], other[:60], strict=True):
        assert ours.step == theirs.step
        for name in ("objective", "learning_rate", "diverged"):
            assert ours.metrics[name] == pytest.approx(theirs.metrics[name], rel=1e-6)


def test_numpy_takes_over_where_numba_is_missing(monkeypatch):
    def missing(*_):
        raise ImportError("no numba")

    monkeypatch.setattr("app.ufm.device.CompiledEngine", missing)
    assert isinstance(engine_on("cpu", problem_of(SMALL), "float64"), ReferenceEngine)


def test_the_start_has_rows_of_the_length_asked_for():
    spec = UFMSpec(counts=(30,) * 20, dim=2000, init_scale=3.0, steps=1)
    start = next(iter(run(spec)))
    for name in ("classifier", "means"):
        lengths = np.linalg.norm(start.arrays[name], axis=1)
        np.testing.assert_allclose(lengths, 3.0, rtol=0.1)
    assert not next(iter(run(changed(spec, init_scale=0.0)))).arrays["means"].any()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
def test_divergence_keeps_the_last_finite_state(optimizer, dtype):
    spec = changed(SMALL, loss="mse", optimizer=optimizer, learning_rate=50.0, dtype=dtype)
    *before, final = run(spec)
    assert final.metrics["diverged"] == 1.0
    assert all(snapshot.metrics["diverged"] == 0.0 for snapshot in before)
    assert before[-1].step <= final.step < spec.steps
    assert all(np.isfinite(array).all() for array in final.arrays.values())
    assert np.isfinite(list(final.metrics.values())).all()
    one_more = last(changed(spec, steps=final.step + 1))
    assert one_more.metrics["diverged"] == 1.0
    assert one_more.step == final.step
    sentence = str(divergence(spec, final))
    assert "learning_rate must be small enough" in sentence
    assert f"got 50: training stopped after step {final.step}" in sentence
    assert divergence(spec, before[0]) is None


@given(
    counts=st.lists(st.integers(0, 4), min_size=2, max_size=6).map(
        lambda powers: tuple(10**p for p in powers)
    ),
    dim=st.integers(1, 8),
    loss=st.sampled_from(["ce", "wce", "la", "cdt", "ldt", "vs", "ldam", "focal", "mse"]),
    gamma=st.floats(-1.5, 1.5),
    tau=st.floats(-2.0, 2.0),
    decays=st.tuples(*[st.sampled_from([0.0, 1e-12, 1e-5, 1e-2, 1.0, 10.0])] * 3),
    convention=st.sampled_from(["mean", "sum"]),
    relu=st.booleans(),
    bias=st.booleans(),
    optimizer=st.sampled_from(OPTIMIZERS),
    init_scale=st.sampled_from([0.0, 1e-3, 1.0, 30.0]),
    dtype=st.sampled_from(["float64", "float32"]),
)
@settings(max_examples=80, deadline=None)
def test_without_a_rate_training_never_diverges(decays, **values):
    names = ("weight_decay", "feature_decay", "bias_decay")
    spec = UFMSpec(**values, **dict(zip(names, decays, strict=True)), steps=1000)
    objectives = []
    for snapshot in run(spec):
        assert snapshot.metrics["diverged"] == 0.0
        assert all(np.isfinite(array).all() for array in snapshot.arrays.values())
        objectives.append(snapshot.metrics["objective"])
    assert np.isfinite(objectives).all()
    assert max(objectives) <= objectives[0] * (1 + 2e-4) + 1e-12


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    "values",
    [
        {"counts": (1, 1), "dim": 1},
        {"counts": (1,) * 8, "dim": 3},
        {"counts": (1000, 1, 1), "dim": 1, "relu": True},
        {"counts": (5, 1), "dim": 2, "weight_decay": 0.0, "feature_decay": 0.0},
        {"counts": (9, 1), "dim": 2, "weight_decay": 1e-12, "feature_decay": 1e-12},
        {"counts": (4, 2), "dim": 2, "weight_decay": 10.0, "feature_decay": 10.0},
    ],
)
def test_corner_cases_descend(values, optimizer):
    first, *_, final = run(UFMSpec(**values, optimizer=optimizer, steps=500))
    assert final.metrics["objective"] < 0.9 * first.metrics["objective"]


def test_one_sample_a_class_is_the_same_as_a_problem_of_samples():
    spec = UFMSpec(counts=(1, 1, 1), dim=3, steps=50, optimizer="momentum", device="cpu")
    means, samples = last(spec), last(changed(spec, per_sample=True))
    np.testing.assert_array_equal(means.arrays["means"], samples.arrays["means"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"optimizer": "lbfgs", "per_sample": True}, "optimizer 'lbfgs' trains class means only"),
        ({"counts": (5,)}, "at least 2"),
        ({"counts": (5, 0)}, "counts must be at least 1 each, got 0"),
        ({"classifier": "etf", "dim": 2}, "dim of at least 3, got 2"),
        ({"learning_rate": 0.0}, "greater than 0"),
    ],
)
def test_settings_that_cannot_be_run_are_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        changed(SMALL, **values)


def test_cuda_where_there_is_none_is_refused(monkeypatch):
    monkeypatch.setattr("app.device.cuda_count", lambda: 0)
    with pytest.raises(UserError, match="device must be 'auto' or 'cpu'"):
        run(changed(SMALL, device="cuda"))
    assert last(changed(SMALL, per_sample=True, steps=2)).step == 2


def test_training_on_means_needs_no_torch():
    code = (
        "import sys; from app.ufm.spec import UFMSpec; from app.ufm.run import run; "
        "list(run(UFMSpec(steps=3))); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.stdout.strip() == "False", done.stderr


def test_what_runs_is_compiled():
    """Otherwise comparing it with the reference would compare one thing with itself."""
    assert isinstance(engine_on("cpu", problem_of(SMALL), "float64"), CompiledEngine)
