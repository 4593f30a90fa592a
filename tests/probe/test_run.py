"""A comparison as a whole: snapshots, selection, data that are odd, settings that cannot be."""

import dataclasses
import itertools
import os
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from pydantic import ValidationError

from app.adjust.metrics import METRICS
from app.data.features import Rows
from app.errors import UserError
from app.losses.tables import LINKS
from app.probe import (
    METHODS,
    MethodName,
    ProbeSpec,
    candidates,
    own_data,
    run,
    spread_fit,
    total_steps,
)
from app.probe.board import Board
from app.probe.judge import Findings
from app.probe.state import State
from app.runs import collect
from app.runs.file import run_bytes
from tests.probe.sets import clouds, digits

DATA = clouds([60, 30, 15, 6], spread=1.5)
SPEC = ProbeSpec(
    data="clouds",
    methods=("stage1", "ce", "balanced-softmax", "posthoc-la-tuned", "1vs1", "lort", "crt"),
    epochs=4,
    batch_size=16,
)
BALANCED = METRICS.index("balanced_accuracy")


def changed(**values):
    return ProbeSpec(**(SPEC.model_dump() | values))


def last(spec, data=DATA):
    *_, final = run(spec, data)
    return final


def test_the_table_of_methods():
    assert tuple(METHODS) == get_args(MethodName)
    for name, method in METHODS.items():
        assert method.name == name
        assert method.title
        assert method.source
        assert method.loss is None or method.loss in LINKS
        assert not (method.trained and method.rule)
        assert set(method.settings.values()) <= set(ProbeSpec.model_fields)
    assert len({method.title for method in METHODS.values()}) == len(METHODS)


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


def test_reported_on_validation_is_the_best_there_past_the_start():
    spec = changed(seeds=2)
    arrays = last(spec).arrays
    for m, name in enumerate(spec.methods):
        for s in range(2):
            t = list(arrays["history/step"]).index(arrays["chosen_step"][m, s])
            validation = arrays["history/validation"][:, m, s, BALANCED]
            if METHODS[name].trained:
                assert t > 0
                assert t == 1 + validation[1:].argmax()
            else:
                assert t == 0
            told = np.nanmean(arrays["recalls"][m, s])
            assert told == pytest.approx(arrays["history/test"][t, m, s, BALANCED])


def test_reported_last_is_the_last():
    arrays = last(changed(selection="last")).arrays
    trained = [METHODS[name].trained for name in SPEC.methods]
    np.testing.assert_array_equal(arrays["chosen_step"][:, 0], np.where(trained, 28, 0))
    np.testing.assert_array_equal(arrays["recalls"], arrays["now/recalls"])


def test_reported_best_on_test_is_the_best_whole_epoch():
    final = last(changed(selection="best-on-test", epochs=6, methods=("lort", "posthoc-la-tuned")))
    test = final.arrays["history/test"][:, 0, 0, BALANCED]
    ends = [t for t, step in enumerate(final.arrays["history/step"]) if step and step % 7 == 0]
    assert final.metrics["lort/balanced_accuracy"] == pytest.approx(test[ends].max())
    honest = last(changed(methods=("posthoc-la-tuned",)))
    key = "posthoc-la-tuned/balanced_accuracy"
    assert final.metrics[key] >= honest.metrics[key]


def test_several_rates_are_chosen_among_by_the_same_rule():
    spec = changed(
        methods=("ce", "stage1", "lort"), learning_rates=(1e-4, 0.1, 1e3), weight_decays=(0, 0.01)
    )
    heads = candidates(spec)
    assert [c.method.name for c in heads] == ["ce"] * 6 + ["stage1"] + ["lort"] * 6
    assert [c.learning_rate for c in heads[:6]] == [1e-4, 1e-4, 0.1, 0.1, 1e3, 1e3]
    arrays = last(spec).arrays
    for m, places in ((0, range(6)), (2, range(7, 13))):
        validation = arrays["history/validation"][1:, places, 0, BALANCED]
        c, t = arrays["chosen_candidate"][m, 0], arrays["chosen_step"][m, 0]
        row = list(arrays["history/step"][1:]).index(t)
        assert validation[row, c - places[0]] == np.nanmax(validation)


def test_heads_that_diverge_are_not_available_and_others_stay():
    spec = changed(
        methods=("ce", "cb-bce"), learning_rates=(1e3,), epochs=40, weight_decays=(10.0,)
    )
    *_, final = run(spec, clouds([60, 30, 15, 6]))
    assert np.isnan(final.arrays["now/recalls"]).all()
    mixed = changed(methods=("ce",), learning_rates=(1e3, 0.01), weight_decays=(10.0,), epochs=40)
    assert last(mixed).metrics["ce/balanced_accuracy"] > 0.4


def test_a_method_that_has_diverged_from_the_first_is_not_reported_as_its_start():
    board = Board(changed(methods=("ce",)), candidates(changed(methods=("ce",))), 7)
    state = State.linear(np.ones((1, 4, 8)), np.zeros((1, 4)))
    nothing = np.full((1, 4), np.nan)
    board.record(state, Findings(nothing + 1, nothing, nothing), np.ones((1, 7)), np.ones((1, 7)))
    lost = np.full((1, 7), np.nan)
    board.record(state, Findings(nothing, nothing, nothing), lost, lost)
    assert np.isnan(board.snapshot(1, {}).metrics["ce/balanced_accuracy"])


def test_groups_without_classes_are_not_available():
    final = last(changed(methods=("stage1", "ce")))
    assert np.isnan(final.metrics["ce/many"])
    assert 0 < final.metrics["ce/few"] < 1


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


@pytest.mark.parametrize(
    "data",
    [
        clouds([9, 4], dim=3),
        clouds([1] * 5, dim=3),
        clouds([4, 1, 1, 1], dim=1),
        clouds([3, 2], dim=40),
        clouds([20, 6, 2], dim=3, test=1),
    ],
    ids=["two classes", "one sample a class", "one feature", "more features", "one test row"],
)
def test_small_data_are_compared_by_every_method(data):
    spec = changed(methods=tuple(METHODS), epochs=2, seeds=2)
    final = last(spec, data)
    for name in METHODS:
        assert 0 <= final.metrics[f"{name}/balanced_accuracy"] <= 1


def test_constant_columns_are_no_obstacle():
    features = [np.c_[rows.features, np.ones(len(rows.labels))] for rows in (DATA.train, DATA.test)]
    train, test = (
        Rows(x.astype(np.float32), rows.labels)
        for x, rows in zip(features, (DATA.train, DATA.test), strict=True)
    )
    data = dataclasses.replace(DATA, train=train, test=test, val=None)
    final = last(changed(methods=tuple(METHODS), selection="last", epochs=2), data)
    assert all(np.isfinite(final.metrics[f"{name}/balanced_accuracy"]) for name in METHODS)


def spoiled(part, **values):
    rows = getattr(DATA, part)._replace(**values)
    return dataclasses.replace(DATA, **{part: rows})


BAD = DATA.train.features.copy()
BAD[3, 2] = np.nan


@pytest.mark.parametrize(
    ("spec", "data", "message"),
    [
        (
            SPEC,
            spoiled("train", features=BAD),
            r"training features must be finite, got nan in row 3",
        ),
        (SPEC, spoiled("test", features=DATA.test.features[:, :3]), r"test features must be .* 8"),
        (
            SPEC,
            spoiled("val", labels=DATA.val.labels + 1),
            r"labels must lie in 0\.\.3, got 1 to 4",
        ),
        (
            SPEC,
            spoiled("train", labels=np.minimum(DATA.train.labels, 2)),
            r"training labels must hold each of the 4 classes, got no row of class 3",
        ),
        (
            SPEC,
            spoiled("test", labels=np.maximum(DATA.test.labels, 1)),
            r"test labels must hold each of the 4 classes, got no row of class 0 among 80",
        ),
        (SPEC, dataclasses.replace(DATA, class_counts=np.ones(4, int)), r"class_counts must be"),
        (SPEC, dataclasses.replace(DATA, val=None), r"selection must be 'last' or 'best-on-test'"),
        (
            changed(selection="last", learning_rates=(0.1, 1.0)),
            dataclasses.replace(DATA, val=None),
            r"selection must be 'best-on-test' for data without validation rows and several rates",
        ),
        (
            changed(metric="many"),
            DATA,
            r"metric must be one that some class counts for, got 'many'",
        ),
        (
            changed(data="others"),
            DATA,
            r"data must be the set that is given, 'clouds', got 'others'",
        ),
        (changed(data="no such set"), None, r"must be one of: .*; got 'no such set'"),
        (changed(ratio=100.0), DATA, r"ratio must be from 1 to 60"),
        (changed(device="cuda"), DATA, r"device must be 'auto' or 'cpu'"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(spec, data, message, monkeypatch):
    monkeypatch.setattr("app.device.cuda_count", lambda: 0)
    with pytest.raises(UserError, match=message):
        next(iter(run(spec, data)))


def test_too_much_is_refused_before_it_is_touched():
    huge = np.broadcast_to(np.float32(1), (10**6, 2048))
    data = dataclasses.replace(DATA, train=Rows(huge, np.zeros(10**6, int)))
    with pytest.raises(UserError, match=r"at most 50,000,000 numbers .*PCA"):
        run(SPEC, data)
    many = clouds([1] * 1001, dim=1, test=1)
    with pytest.raises(UserError, match=r"classes must be 2 to 1,000, got 1,001"):
        run(SPEC, many)
    several = changed(methods=tuple(METHODS), learning_rates=(0.1, 0.2, 0.3), seeds=10)
    with pytest.raises(UserError, match=r"methods must be fewer for 400 classes"):
        run(several, clouds([1] * 400, dim=1, test=1))
    votes = changed(methods=("1vs1",))
    with pytest.raises(
        UserError, match=r"methods must leave out '1vs1' for 400 rows of 400 classes"
    ):
        run(votes, clouds([1] * 400, dim=1, test=1))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ("ce", "ce")}, "methods must differ"),
        ({"methods": ()}, "at least 1"),
        ({"methods": ("svm",)}, "Input should be"),
        ({"learning_rates": (0.0,)}, "greater than 0"),
        (
            {"seeds": 20, "learning_rates": (0.1,) * 12, "weight_decays": (0.0,) * 12},
            r"at most 2,000, got 20,160",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        changed(**values)


def test_settings_survive_a_link():
    spec = changed(learning_rates=(0.1, 3e-5), ratio=20.0, delta=0.5, selection="last")
    again, problems = ProbeSpec.from_query(spec.to_query())
    assert (again, problems) == (spec, [])
    assert again.id == spec.id != SPEC.id


def test_rows_of_validation_never_matter_where_they_do_not_choose():
    other = dataclasses.replace(DATA, val=Rows(-DATA.val.features, DATA.val.labels))
    spec = changed(selection="last", methods=("ce", "lort", "posthoc-la"))
    for a, b in itertools.zip_longest(run(spec, DATA), run(spec, other)):
        np.testing.assert_equal(dict(a.metrics), dict(b.metrics))


def test_digits_are_better_with_the_prior_than_without():
    spec = ProbeSpec(
        data="digits", methods=("stage1", "balanced-softmax", "posthoc-la", "lort"), seeds=2
    )
    found = last(spec, digits()).metrics
    for name in ("balanced-softmax", "posthoc-la"):
        assert found[f"{name}/balanced_accuracy"] > found["stage1/balanced_accuracy"] + 0.01


def test_own_data_have_a_name_of_their_content():
    own = own_data(DATA)
    assert own.name == own_data(clouds([60, 30, 15, 6], spread=1.5, name="copy")).name
    assert len(own.name) == 20
    others = (
        clouds([60, 30, 15, 6], spread=1.5, seed=1),
        dataclasses.replace(DATA, val=None),
        dataclasses.replace(DATA, train=DATA.test, test=DATA.train),
        dataclasses.replace(DATA, bias=np.zeros(4)),
    )
    assert len({own.name, *(own_data(data).name for data in others)}) == 5
    assert last(changed(data=own.name, methods=("stage1",)), own).step == 0


def test_the_spread_of_a_data_set():
    fit = spread_fit(clouds([3000, 500, 100, 30], dim=40))
    assert fit.classes == 4
    low, high = fit.interval()
    assert low < 0 < high
    assert spread_fit(clouds([1, 1, 1])) is None
