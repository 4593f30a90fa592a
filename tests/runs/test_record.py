import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.runs import Snapshot, collect
from app.runs import record as module
from app.runs.record import Recorder, Thinned
from tests.runs.toy import Toy, halve, snapshot, toy_run


def test_a_run_holds_finals_paths_and_curves():
    run = toy_run(Toy(steps=4))
    assert run.arrays["classifier"].dtype == np.float64
    assert (run.arrays["classifier"] == 0.5**4).all()
    assert run.arrays["path/classifier"].shape == (5, 2, 3)
    assert run.arrays["path/classifier"].dtype == np.float32
    assert run.arrays["path/classifier"][:, 0, 0].tolist() == [1, 0.5, 0.25, 0.125, 0.0625]
    assert run.arrays["path/step"].tolist() == run.arrays["curve/step"].tolist() == [0, 1, 2, 3, 4]
    assert run.arrays["curve/loss"].tolist() == [6, 3, 1.5, 0.75, 0.375]
    assert run.metrics == {"loss": 0.375}
    assert run.complete


def test_a_metric_that_comes_late_is_undefined_before():
    late = [Snapshot(0, {}, {"a": 1.0}), Snapshot(3, {}, {"a": 2.0, "b": 5.0})]
    curves = collect(Toy(), late).arrays
    assert curves["curve/step"].tolist() == [0, 3]
    assert math.isnan(curves["curve/b"][0])
    assert curves["curve/b"][1] == 5


def test_an_engine_must_yield():
    with pytest.raises(ValueError, match="engine of Toy must yield at least one"):
        collect(Toy(), [])


@settings(max_examples=60, deadline=None)
@given(total=st.integers(1, 400), capacity=st.integers(2, 40))
def test_thinning_keeps_the_ends_and_is_even(total, capacity):
    kept = Thinned(capacity)
    for index in range(total):
        kept.add(index, index)
        seen = kept.before(math.inf)
        assert (seen[0], seen[-1]) == (0, index)
        assert len(seen) <= max(2, capacity)
    gaps = set(np.diff(seen[:-1]))
    assert len(gaps) <= 1
    assert len(seen) >= min(total, capacity // 2)
    assert kept.before(total // 2) == [index for index in seen if index < total // 2]


def test_long_computations_stay_within_the_memory_they_are_given(monkeypatch):
    monkeypatch.setattr(module, "PATH_NUMBERS", 100)
    monkeypatch.setattr(module, "CURVE_POINTS", 50)
    run = toy_run(Toy(steps=999))
    path, curve = run.arrays["path/step"], run.arrays["curve/step"]
    assert run.arrays["path/classifier"].shape == (len(path), 2, 3)
    assert 8 <= len(path) <= 100 // 6
    assert 25 <= len(curve) <= 50
    assert (path[0], path[-1], curve[0], curve[-1]) == (0, 999, 0, 999)
    assert len(run.arrays["curve/loss"]) == len(curve)
    # Each row of the trajectory still is the state at its step.
    expected = 0.5 ** path.astype(np.float32)
    assert (run.arrays["path/classifier"][:, 1, 2] == expected.astype(np.float32)).all()


def test_a_run_can_end_at_an_earlier_snapshot():
    recorder = Recorder()
    assert recorder.run(Toy(), {}) is None
    for taken in halve(Toy()):
        recorder.add(taken)
    run = recorder.run(Toy(), {"complete": "no"}, limit=2)
    assert run.arrays["curve/step"].tolist() == [0, 1]
    assert (run.arrays["classifier"] == snapshot(1).arrays["classifier"]).all()
    assert run.metrics == snapshot(1).metrics
    assert not run.complete
    assert recorder.run(Toy(), {}, limit=0) is None
