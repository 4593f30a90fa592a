from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.adjust import exact_path, prediction_path
from app.errors import UserError

magnitudes = st.floats(-4, 4).map(lambda e: 10.0**e)
SIGNS = {
    "positive": magnitudes,
    "negative": magnitudes.map(lambda m: -m),
    "mixed": st.one_of(magnitudes, magnitudes.map(lambda m: -m)),
    "zeros": st.one_of(magnitudes, magnitudes.map(lambda m: -m), st.just(0.0)),
    "not positive": st.one_of(magnitudes.map(lambda m: -m), st.just(0.0)),
    "few values": st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.0]),
}


@st.composite
def samples(draw, signs=tuple(SIGNS)):
    num_classes = draw(st.integers(2, 9))
    size = {"min_size": num_classes, "max_size": num_classes}
    logits = draw(st.lists(SIGNS[draw(st.sampled_from(signs))], **size))
    counts = draw(st.lists(st.sampled_from([1, 2, 3, 7, 20, 20, 500, 10_000]), **size))
    return np.array(logits), np.array(counts)


def predicted(rule, logits, counts, t):
    scores = (
        logits * (counts / counts.max()) ** -t if rule == "mla" else logits - t * np.log(counts)
    )
    return int(scores.argmax())


def middles(path):
    """A parameter inside each stretch, or None where it is too short to tell in floats."""
    ends = path.breakpoints
    if not ends.size:
        return [0.3]
    inner = [
        (a + b) / 2 if b - a > 1e-6 * max(1, abs(a), abs(b)) else None for a, b in pairwise(ends)
    ]
    return [ends[0] - 1.0, *inner, ends[-1] + 1.0]


@settings(max_examples=400, deadline=None)
@given(sample=samples(), rule=st.sampled_from(["mla", "ala"]))
@example(sample=(np.array([3.0, 1.0, 2.0]), np.array([5, 5, 5])), rule="mla")
@example(sample=(np.array([-3.0, -1.0]), np.array([500, 5])), rule="mla")
@example(sample=(np.array([0.0, 0.0, -1.0]), np.array([1, 2, 3])), rule="mla")
@example(sample=(np.array([4.0, 2.0, 1.0]), np.array([4, 2, 1])), rule="mla")
def test_between_breakpoints_the_prediction_is_the_argmax(sample, rule):
    logits, counts = sample
    path = prediction_path(logits, counts, rule)
    assert len(path.classes) == len(path.breakpoints) + 1
    for k, t in zip(path.classes, middles(path), strict=True):
        if t is not None:
            assert predicted(rule, logits, counts, t) == k


@settings(max_examples=300, deadline=None)
@given(sample=samples(), rule=st.sampled_from(["mla", "ala"]))
def test_the_walk_goes_from_count_to_count(sample, rule):
    logits, counts = sample
    path = prediction_path(logits, counts, rule)
    walked = counts[path.classes]
    backwards = rule == "mla" and logits.max() < 0
    assert (np.diff(walked) > 0 if backwards else np.diff(walked) < 0).all()
    assert len(path.classes) <= len(np.unique(counts))
    assert (np.diff(path.breakpoints) > -1e-9 * np.abs(path.breakpoints[1:])).all()
    assert np.isfinite(path.breakpoints).all()


@settings(max_examples=100, deadline=None)
@given(sample=samples(), rule=st.sampled_from(["mla", "ala"]))
def test_the_walk_visits_whatever_any_parameter_predicts(sample, rule):
    logits, counts = sample
    path = prediction_path(logits, counts, rule)
    for t in np.linspace(-6, 6, 61):
        if (np.abs(path.breakpoints - t) > 1e-6).all():
            here = np.searchsorted(path.breakpoints, t)
            assert predicted(rule, logits, counts, t) == path.classes[here]


@settings(max_examples=100, deadline=None)
@given(sample=samples(), rule=st.sampled_from(["mla", "ala"]))
def test_each_stretch_is_the_exact_path_of_its_class(sample, rule):
    logits, counts = sample
    path = prediction_path(logits, counts, rule)
    bounds = (-50.0, 50.0)
    ends = np.concatenate([[-50.0], path.breakpoints, [50.0]]).clip(*bounds)
    for k, low, high in zip(path.classes, ends, ends[1:], strict=False):
        if high - low > 1e-6:
            interval = exact_path(logits[None], [k], counts, rule, bounds=bounds)
            np.testing.assert_allclose([*interval.low, *interval.high], [low, high], atol=1e-9)


def test_a_walk_by_hand():
    """MLA leaves 8 for 4 at 8 = 4 * 4 ** t, t = 1/2, and 4 for 1 at 4 = 4 ** t, t = 1."""
    path = prediction_path([8.0, 4.0, 1.0, -9.0], [16, 4, 1, 1], "mla")
    assert path.classes.tolist() == [0, 1, 2]
    np.testing.assert_allclose(path.breakpoints, [0.5, 1.0], rtol=1e-14)
    path = prediction_path([2.0, 1.0], [np.e**2, 1.0], "ala")
    assert path.classes.tolist() == [0, 1]
    np.testing.assert_allclose(path.breakpoints, [0.5], rtol=1e-14)


def test_all_negative_logits_walk_backwards():
    path = prediction_path([-4.0, -1.0], [4, 1], "mla")
    assert path.classes.tolist() == [1, 0]
    np.testing.assert_allclose(path.breakpoints, [1.0], rtol=1e-14)


@pytest.mark.parametrize("rule", ["mla", "ala"])
def test_equal_counts_never_change_a_prediction(rule):
    for logits in ([1.0, 3.0, 2.0], [-1.0, -3.0, -0.5], [2.0, 2.0, 1.0]):
        path = prediction_path(logits, [7, 7, 7], rule)
        assert path.classes.tolist() == [int(np.argmax(logits))]
        assert path.breakpoints.size == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(UserError, match="rule must be 'mla' or 'ala', got '1vs1'"):
        prediction_path([1.0, 2.0], [3, 4], "1vs1")
    with pytest.raises(UserError, match="logits must hold 3 numbers"):
        prediction_path([1.0, 2.0], [3, 4, 5])
    with pytest.raises(UserError, match="class_counts must all be positive"):
        prediction_path([1.0, 2.0], [3, 0])
