"""A comparison as a whole: its snapshots, what repeats and what does not touch."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from app.adjust.metrics import METRICS
from app.probe import METHODS, ProbeSpec, run, total_steps
from app.runs import collect
from app.runs.file import run_bytes
from tests.probe.sets import clouds, digits
from tests.probe.small_runs import BALANCED, DATA, SPEC, changed, last


def test_snapshots():
    snapshots = list(run(SPEC, DATA))
    assert [s.step for s in snapshots] == [0, 1, 3, 7, 14, 21, 28]
    shapes = {name: array.shape for name, array in snapshots[0].arrays.items()}
    assert shapes["classifier"] == (7, 1, 4, 8)
    assert shapes["history/test"] == (7, 7, 1, len(METRICS))
    for t, snapshot in enumerate(snapshots):
        assert {name: array.shape for name, array in snapshot.arrays.items()} == shapes
        known = ~np.isnan(snapshot.arrays["history/test"][..., BALANCED]).any(axis=(1, 2))
        assert known.tolist() == [i <= t for i in range(7)]
        assert snapshot.metrics["epoch"] == pytest.approx(snapshot.step / 7)
    assert not np.isnan(snapshots[-1].arrays["history/validation"][..., BALANCED]).any()
    # Earlier ones are not written to any more.
    assert np.isnan(snapshots[0].arrays["history/test"][1:]).all()
    recalls = [snapshot.arrays["now/recalls"] for snapshot in snapshots]
    np.testing.assert_array_equal(recalls[0][1], recalls[0][0])
    assert (recalls[-1][6] != recalls[0][6]).any()
    # A run keeps each final array once, and no weights on the way.
    stored = collect(SPEC, snapshots)
    assert [name for name in stored.arrays if name.startswith("path/")] == ["path/step"]
    assert stored.arrays["curve/ce/accuracy"].shape == (7,)


def test_the_steps_of_a_run_are_known_before():
    for spec in (SPEC, changed(ratio=3.0), changed(methods=("stage1", "ncm"))):
        assert last(spec).step == total_steps(spec, DATA)


def test_post_hoc_adjustment_is_invisible_to_magnitude_and_deviation():
    spec = changed(methods=("stage1", "posthoc-la"))
    arrays = last(spec, clouds([300, 60, 15, 6], spread=1.5)).arrays
    for name in ("magnitude", "deviation", "norms"):
        np.testing.assert_allclose(arrays[name][1], arrays[name][0], rtol=1e-4)
    assert np.abs(arrays["recalls"][1] - arrays["recalls"][0]).max() > 0.1


def test_renaming_classes_renames_results():
    order = np.array([2, 0, 3, 1])
    back = order.argsort()
    renamed = [
        rows._replace(labels=back[rows.labels]) for rows in (DATA.train, DATA.val, DATA.test)
    ]
    data = dataclasses.replace(
        DATA,
        train=renamed[0],
        val=renamed[1],
        test=renamed[2],
        class_counts=DATA.class_counts[order],
    )
    methods = tuple(n for n, m in METHODS.items() if m.sampler == "instance" and n != "1vs1")
    spec = changed(methods=methods, dtype="float64", selection="last")
    found, expected = last(spec, data).arrays, last(spec).arrays
    for name in ("recalls", "magnitude", "norms"):
        np.testing.assert_allclose(found[name], expected[name][..., order], rtol=1e-3, err_msg=name)


def test_a_run_is_a_run_that_can_be_stored():
    found = collect(SPEC, run(SPEC, DATA))
    assert found.complete
    assert found.metrics["stage1/balanced_accuracy"] > 0.5
    assert len(run_bytes(found)) > 1000
    assert found.arrays["curve/lort/balanced_accuracy"].shape == (7,)


def test_the_same_settings_give_the_same_snapshots():
    spec = changed(seeds=2)
    for a, b in zip(run(spec, DATA), run(spec, DATA), strict=True):
        assert a.step == b.step
        np.testing.assert_equal(dict(a.metrics), dict(b.metrics))
        for name in a.arrays:
            np.testing.assert_array_equal(a.arrays[name], b.arrays[name])


def test_seeds_and_methods_do_not_touch_each_other():
    together = last(changed(seeds=3)).arrays
    alone = last(changed(seed=1, methods=("crt",))).arrays
    np.testing.assert_allclose(together["now/norms"][6, 1], alone["now/norms"][0, 0], rtol=1e-4)
    assert np.abs(together["now/norms"][6, 0] - together["now/norms"][6, 1]).max() > 1e-3
    recut = last(changed(seeds=2, ratio=3.0)).arrays
    assert recut["counts"].max() / recut["counts"].min() <= 3.2
    assert np.abs(recut["classifier"][0, 0] - recut["classifier"][0, 1]).max() > 1e-3


def test_without_training_there_is_one_snapshot_and_no_torch():
    methods = tuple(name for name, method in METHODS.items() if not method.trained)
    (only,) = run(changed(methods=methods), DATA)
    assert only.step == 0
    code = (
        "import sys; from app.probe import ProbeSpec, run; from tests.probe.sets import clouds; "
        f"list(run(ProbeSpec(data='clouds', methods={methods!r}), clouds([9, 5, 3]))); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.stdout.strip() == "False", done.stderr


def test_digits_are_better_with_the_prior_than_without():
    spec = ProbeSpec(
        data="digits", methods=("stage1", "balanced-softmax", "posthoc-la", "lort"), seeds=2
    )
    found = last(spec, digits()).metrics
    for name in ("balanced-softmax", "posthoc-la"):
        assert found[f"{name}/balanced_accuracy"] > found["stage1/balanced_accuracy"] + 0.01
