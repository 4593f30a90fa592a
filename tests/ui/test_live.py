import json

import numpy as np
import pytest

from app.data.bundled import load
from app.errors import UserError
from app.scenes import circle_scene, etf_scene
from app.theory import matched_gamma
from app.ui.live import fitting, live_boundaries, scene_data
from app.ui.live_spec import BoundariesSpec, scene_of
from app.ui.live_state import LiveState, read_state
from app.ui.live_words import balanced_accuracy, read_rule, sentences
from tests.ui.test_packing import unpacked

SLICES = [
    BoundariesSpec(scene="features", slice=classes) for classes in [(0, 2, 6), (0, 1, 2, 3, 4, 6)]
]


@pytest.mark.parametrize(
    "scene",
    [etf_scene(), circle_scene(2), circle_scene(12), scene_of(SLICES[0]), scene_of(SLICES[1])],
)
def test_a_scene_is_sent_in_under_300_kilobytes(scene):
    assert len(json.dumps(scene_data(scene))) < (100_000 if scene.logits is None else 250_000)


def test_another_scene_has_another_id():
    assert scene_data(circle_scene(5))["id"] == scene_data(circle_scene(5))["id"]
    assert scene_data(circle_scene(5))["id"] != scene_data(circle_scene(5, seed=1))["id"]


def test_the_browser_judges_by_the_same_logits():
    scene = scene_of(SLICES[0])
    sent = json.loads(scene_data(scene)["text"])["logits"]
    np.testing.assert_array_equal(unpacked(sent).reshape(scene.logits.shape), scene.logits)


def test_what_the_browser_sends_is_checked_value_by_value():
    state = LiveState()
    sent = {"gamma": 1.5, "tau": 1e9, "ratio": "x", "rules": ["mla", "evil"], "more": 1}
    assert read_state(sent, state) == LiveState(gamma=1.5)
    assert read_state(None, state) == state
    assert read_state({"spread": float("nan")}, state) == state


def test_the_pair_is_two_classes_that_exist():
    for first, second in [(11, 11), (0, 0), (2, 2), (1, 11), (0, 2)]:
        for shown in ([0, 1, 2], [0, 1], [1, 4, 9]):
            fitted = fitting(LiveState(first=first, second=second), shown)
            assert {fitted.first, fitted.second} <= set(shown)
            assert fitted.first != fitted.second
    assert fitting(LiveState(first=1, second=2), [0, 1, 2]) == LiveState(first=1, second=2)


def test_a_link_holds_every_setting():
    spec = BoundariesSpec(scene="circle", classes=7, gamma=1.25, rules=("raw", "1vs1"), seed=3)
    read, problems = BoundariesSpec.from_query(spec.to_query())
    assert read == spec
    assert not problems
    assert scene_of(read).num_classes == 7


def test_autoplay_of_a_missing_slider_is_refused():
    with pytest.raises(UserError, match="autoplay"):
        live_boundaries(etf_scene(), LiveState(), "k", autoplay="colour")


def test_without_imbalance_nothing_flips_and_shares_are_equal():
    scene, state = etf_scene(), LiveState(ratio=1)
    for rule in ("mla", "ala", "1vs1", "tau-norm"):
        reading = read_rule(scene, state, rule)
        raw = read_rule(scene, state, "raw")
        np.testing.assert_array_equal(reading.predictions, raw.predictions)
        np.testing.assert_allclose(reading.shares, raw.shares, atol=1e-9)
        assert reading.shares.sum() + reading.tied == pytest.approx(1)


def test_mla_does_not_depend_on_the_feature_norm_and_ala_does():
    scene = etf_scene()
    near, far = LiveState(norm=1), LiveState(norm=50)
    mla, ala = ([read_rule(scene, s, rule) for s in (near, far)] for rule in ("mla", "ala"))
    np.testing.assert_allclose(mla[0].shares, mla[1].shares)
    assert abs(ala[0].shares - ala[1].shares).max() > 0.1


def test_sentences_say_when_a_cell_is_gone_and_when_votes_run_in_a_circle():
    said = sentences(circle_scene(10), LiveState(gamma=1.0))
    assert len(said) == 3
    assert "41% under MLA" in said[0]
    assert "MLA leaves no cell of its own to 1, 2 and 3" in said[2]
    assert "votes run in a circle on 9.2%" in said[2].lower()
    assert "no rule shown beats the raw logits' balanced accuracy of 79.1%" in said[2]
    calm = sentences(etf_scene(), LiveState(gamma=0.2, rules=("raw", "mla")))
    assert "Every class keeps its cell; balanced accuracy is best under MLA" in calm[2]


def test_sentences_on_real_features_are_those_of_the_library():
    """Counted once more from the upload itself, at the gamma that the README reports as best."""
    upload, scene = load("fashion-lt"), scene_of(SLICES[0])
    state = LiveState(gamma=0.27, rules=("mla",))
    rows = np.isin(upload.labels, (0, 2, 6)) & (upload.split == "judge")
    logits, labels = upload.logits[rows].astype(float), upload.labels[rows]
    adjusted = logits * (upload.class_counts / upload.class_counts.max()) ** -0.27
    was, now = (z.argmax(axis=1) for z in (logits, adjusted))
    fixed, broken = (
        ((was != labels) & (now == labels)).sum(),
        ((was == labels) & (now != labels)).sum(),
    )
    said = sentences(scene, state)
    assert f"flips {(was != now).sum()} ({fixed} fixed, {broken} broken)" in said[1]
    score = np.mean([(now == labels)[labels == k].mean() for k in (0, 2, 6)])
    assert f"under MLA, {score:.1%} against" in said[2]


def test_a_rule_that_does_harm_is_named():
    said = sentences(scene_of(SLICES[0]), LiveState(gamma=0.5))
    assert "best under ALA" in said[2]
    assert "below that under MLA" in said[2]


def test_mla_takes_the_matched_gamma_and_no_other_rule_does():
    scene, state = etf_scene(), LiveState(gamma=0.5)
    matched = LiveState(gamma=0.5, matched=True)
    same = LiveState(gamma=matched_gamma(0.5, 3))
    shares = [read_rule(scene, s, "mla").shares for s in (matched, same, state)]
    np.testing.assert_allclose(shares[0], shares[1])
    assert abs(shares[0] - shares[2]).max() > 0.01
    pairs = [read_rule(scene, s, "1vs1").shares for s in (matched, state)]
    np.testing.assert_array_equal(*pairs)


def test_balanced_accuracy_is_the_mean_recall():
    scene = etf_scene()
    reading = read_rule(scene, LiveState(spread=0), "raw")
    assert balanced_accuracy(reading, scene.labels) == 1
