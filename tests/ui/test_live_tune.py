import base64
import json

import numpy as np
import pytest

from app.adjust.metrics import METRICS, SHORT_TITLES
from app.data import Upload
from app.tune import TuneSpec, comparison
from app.tune.curves import raw_value, tuned_curves
from app.tune.look_up import look_up, slider_positions
from app.tune.spread import SpreadFit
from app.ui.tune.curve import fit_sentence
from app.ui.tune.live_data import curve_data, live_data, readout_data, snap_points
from tests.tune.test_look_up import upload
from tests.ui.test_packing import unpacked as in_multiples


def sent(data, spec, adjusters):
    """What is sent to the browser for a file, and the look-up it was made from."""
    work = comparison(data, spec)
    options = {"judge": spec.judge, "samples": spec.samples}
    raw, *lines = work.lines(adjusters, spec.metric, (spec.low, spec.high), **options)
    focus = next(line for line in lines if line.name == spec.focus)
    snaps = snap_points(spec, focus.optimum.value, None)
    positions = slider_positions((spec.low, spec.high), tuple(s.value for s in snaps))
    table = look_up(work, spec, spec.focus, raw, positions)
    drawn = curve_data(spec, tuned_curves(work, spec, lines), raw_value(work, spec), positions)
    return live_data(spec, drawn, False, readout_data(spec, table, data), snaps), table, work


def unpacked(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def test_what_is_sent_is_the_exact_table_and_the_exact_curve():
    spec = TuneSpec(judge="split", samples=20, groups=True, metric="worst_group")
    data, table, work = sent(upload(), spec, ("mla", "ala"))
    positions = unpacked(data["positions"], "<f8")
    np.testing.assert_array_equal(positions, table.positions)
    scores = unpacked(data["readout"]["scores"], "<f8").reshape(-1, positions.size)
    recalls = unpacked(data["readout"]["recalls"], "<f4").reshape(-1, positions.size)
    titles = [metric["title"] for metric in data["readout"]["metrics"]]
    assert titles[2] == "Worst group"
    shown = [m for m in METRICS if m in SHORT_TITLES or m == "worst_group"]
    np.testing.assert_array_equal(scores, [table.scores[m] for m in shown])
    np.testing.assert_array_equal(recalls, table.recalls.astype(np.float32))
    moved = unpacked(data["readout"]["moved"], "<i4").reshape(2, -1)
    np.testing.assert_array_equal(moved, [table.fixed, table.broken])
    tune = work.protocol("ala", "split").final
    curve = work.tuner("ala").path.subset(tune).curve("worst_group")
    at = unpacked(data["curves"][1]["at"], "<f4")
    np.testing.assert_array_equal(at, curve.at(positions).astype(np.float32))
    drawn = in_multiples(data["curves"][1]["y"])
    assert drawn.max() == pytest.approx(curve.values.max())
    assert [g["title"] for g in data["groups"]] == ["Many (MLA)", "Medium (MLA)", "Few (MLA)"]


def test_50000_samples_of_1000_classes_are_sent_in_under_300_kilobytes():
    rng, counts = np.random.default_rng(0), np.rint(500 * 100 ** -np.linspace(0, 1, 1000))
    labels = np.arange(50_000) % 1000
    logits = rng.standard_normal((50_000, 1000), dtype=np.float32)
    logits[np.arange(50_000), labels] += 3
    logits += np.float32(0.3) * np.log(counts).astype(np.float32)
    names = tuple(f"a class with quite a long name, number {k}" for k in range(1000))
    data = Upload("big.npz", logits, labels, counts.astype(np.int64), names)
    spec = TuneSpec(judge="same", samples=20, groups=True)
    # Four curves are the most there can be: 1vs1 is not offered here, tau-norm needs weights.
    found, table, _ = sent(data, spec, ("mla", "ala"))
    curve = len(json.dumps(found["curves"][0]))
    assert len(json.dumps(found)) + 2 * curve < 300_000
    assert table.samples == 50_000


def test_a_file_of_the_longest_names_stays_small():
    data = upload(num_classes=40)
    long = Upload(
        "x", data.logits, data.labels, data.class_counts, tuple(f"{k:0200d}" for k in range(40))
    )
    assert len(json.dumps(sent(long, TuneSpec(samples=20), ("mla",))[0])) < 250_000


def test_the_data_are_plain_json_and_known_again():
    spec = TuneSpec(judge="same", samples=20)
    first, *_ = sent(upload(num_classes=2), spec, ("mla",))
    again, *_ = sent(upload(num_classes=2), TuneSpec(judge="same", samples=20, value=0.5), ("mla",))
    other, *_ = sent(upload(num_classes=2), TuneSpec(judge="same", samples=20, high=2), ("mla",))
    json.dumps(first, allow_nan=False)
    assert first["id"] == again["id"] != other["id"]
    assert (first["value"], again["value"]) == (None, 0.5)


def marks(focus, spread=None, **spec):
    found = snap_points(TuneSpec(focus=focus, **spec), 0.3, spread)
    return {snap.label: snap.value for snap in found}


def test_marks_are_the_optimum_the_theory_and_what_the_spread_predicts():
    fit = SpreadFit(0.21, 0.02, 10)
    assert marks("mla", fit) == {"optimum": 0.3, "theory": 0.5, "spread": 0.21}
    assert marks("1vs1") == {"optimum": 0.3, "theory": 0.5}
    assert marks("ala", fit) == {"optimum": 0.3, "theory": 1.0}
    assert marks("tau-norm", fit) == {"optimum": 0.3}


def test_a_spread_that_grows_with_the_samples_predicts_nothing():
    fit = SpreadFit(-0.2, 0.05, 10)
    assert "spread" not in marks("mla", fit)
    assert fit_sentence(fit).startswith("The spread of the features goes as n^(0.20 ± 0.05)")
    assert "predicts no gamma" in fit_sentence(fit)


def test_marks_outside_the_bounds_are_left_out():
    assert marks("mla", SpreadFit(0.9, 0.1, 5), high=0.4) == {"optimum": 0.3}


def test_the_prediction_is_said_with_its_doubt():
    assert "not clearly above 0" in fit_sentence(SpreadFit(0.04, 0.039, 10))
    assert fit_sentence(SpreadFit(0.16, 0.04, 10)).endswith("predicts gamma = 0.16.")
