"""Exact intervals of the affine rules against argmax, between and on all crossings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.adjust import intervals
from app.adjust._kernels import affine_intervals
from app.adjust.exact import exact_path
from app.adjust.rules import additive_offset, center_rows
from tests.adjust import brute_force
from tests.adjust.references import without_kernels

AFFINE = ["mla", "ala"]
# Everything about these is exact in floating point, crossings and brute force alike.
POWERS = [-4.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0]
EIGHTHS = np.arange(-8, 25) / 8


@st.composite
def problems(draw, elements, counts, dtypes=(np.float32, np.float64)):
    """Logits, labels and counts of up to 6 samples and 7 classes."""
    num_rows, num_classes = draw(st.integers(1, 6)), draw(st.integers(2, 7))
    dtype = draw(st.sampled_from(dtypes))
    return (
        draw(arrays(dtype, (num_rows, num_classes), elements=elements)),
        draw(arrays(np.int64, num_rows, elements=st.integers(0, num_classes - 1))),
        draw(arrays(np.float64, num_classes, elements=counts)),
    )


FLOATS = st.one_of(
    st.floats(-8, 8, width=16),
    st.sampled_from([0.0, -0.0, 1e-38, -1e-38, 1e30, -1e30, 3e-5, -3e-5]).map(
        lambda x: float(np.float32(x))
    ),
)
COUNTS = st.one_of(st.integers(1, 6), st.integers(1, 10**9)).map(float)
BOUNDS = st.sampled_from([(0.0, 3.0), (-5.0, 10.0), (-1.0, 1.0), (0.3, 0.4), (-2.5, -0.1)])


def unsure(scores, row, label, counts):
    """Where another class scores as much as the label but for a rounding, not by being its twin."""
    own = scores[:, [label]]
    near = np.abs(scores - own) <= 1e-11 * np.maximum(np.abs(scores), np.abs(own))
    twin = (row == row[label]) & ((counts == counts[label]) | (own == 0))
    return (near & ~twin).any(axis=1)


def assert_exact(path, logits, counts, rule):
    """The path says what argmax says, for each row between all crossings of its label."""
    found = {i: path.sample == i for i in range(len(logits))}
    for i, row in enumerate(logits):
        label, low, high = path.labels[i], path.low[found[i]], path.high[found[i]]
        ends = np.concatenate([brute_force.crossings(row, label, counts, rule), low, high])
        ts = brute_force.midpoints(ends, path.bounds, width=1e-9)
        scores = brute_force.scores(row, counts, rule, ts[:, None])
        ours = ((low <= ts[:, None]) & (ts[:, None] <= high)).any(axis=1)
        wrong = (ours != (scores.argmax(axis=1) == label)) & ~unsure(scores, row, label, counts)
        assert not wrong.any(), (i, ts[wrong])


@pytest.mark.parametrize("rule", AFFINE)
@settings(deadline=None, max_examples=250)
@given(data=problems(FLOATS, COUNTS), bounds=BOUNDS)
def test_any_logits_and_counts(rule, data, bounds):
    logits, labels, counts = data
    path = exact_path(logits, labels, counts, rule, bounds=bounds)
    assert ((bounds[0] <= path.low) & (path.low <= path.high) & (path.high <= bounds[1])).all()
    assert np.unique(path.sample).size == path.sample.size
    assert_exact(path, logits, counts, rule)


@settings(deadline=None, max_examples=300)
@given(problems(st.sampled_from(POWERS), st.integers(0, 6).map(lambda k: 2.0**k)))
def test_multiplicative_ties_are_settled_as_argmax_does(data):
    """Logits and counts are powers of two, so scores are exactly equal where they cross."""
    logits, labels, counts = data
    path = exact_path(logits, labels, counts, "mla", bounds=(-1.0, 3.0))
    for t in EIGHTHS:
        wanted = brute_force.correct(logits, labels, counts, "mla", t)
        np.testing.assert_array_equal(path.correct(t), wanted)
    assert_exact(path, logits, counts, "mla")


@settings(deadline=None, max_examples=200)
@given(problems(st.integers(-2, 2).map(float), st.integers(1, 3).map(float)))
def test_additive_ties_are_settled_as_argmax_does(data):
    logits, labels, counts = data
    path = exact_path(logits, labels, counts, "ala", bounds=(-1.0, 3.0))
    wanted = brute_force.correct(logits, labels, counts, "ala", 0.0)
    np.testing.assert_array_equal(path.correct(0.0), wanted)
    assert_exact(path, logits, counts, "ala")


@pytest.mark.parametrize("rule", AFFINE)
@settings(deadline=None, max_examples=150)
@given(data=problems(FLOATS, COUNTS), bounds=BOUNDS)
def test_compiled_ends_are_those_of_the_reference(rule, data, bounds):
    logits, labels, counts = data

    def ends():
        return intervals.correct_intervals(
            logits,
            labels,
            np.log2(counts) if rule == "mla" else np.log(counts),
            additive=rule == "ala",
            bounds=bounds,
        )

    for compiled, reference in zip(ends(), without_kernels(ends), strict=True):
        np.testing.assert_allclose(compiled, reference, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", AFFINE)
@pytest.mark.parametrize("sign", ["positive", "mixed", "negative"])
@pytest.mark.parametrize("num_classes", [2, 127, 128, 129, 300])
def test_every_block_of_classes_is_swept(num_classes, sign, rule, dtype):
    """Unsorted counts, some equal; more classes than one SIMD block, and parts of one."""
    rng = np.random.default_rng(num_classes)
    logits = rng.normal(size=(60, num_classes)) * 3
    logits = {"positive": np.abs, "mixed": np.asarray, "negative": lambda z: -np.abs(z)}[sign](
        logits
    ).astype(dtype)
    counts = np.round(1000 ** rng.random(num_classes))
    best = brute_force.scores(logits, counts, rule, rng.random((60, 1)) * 3).argmax(axis=1)
    labels = np.where(rng.random(60) < 0.8, best, rng.integers(0, num_classes, 60))
    path = exact_path(logits, labels, counts, rule)
    assert path.sample.size > 20
    assert_exact(path, logits, counts, rule)


def test_every_competitor_counts_wherever_it_stands():
    """One competitor at a time lifted to bind, at both ends of every block."""
    counts = np.append(2.0 ** np.arange(20, 0, -1), np.ones(280))
    label = 10
    for rival in [0, 1, 9, 11, 19, 127, 128, 255, 256, 298, 299]:
        logits = np.full((1, 300), 1e-3)
        logits[0, label], logits[0, rival] = 1.0, 2.0 ** (np.log2(counts[rival] / 2**10) * 0.75)
        low, high = intervals.correct_intervals(
            logits, np.array([label]), np.log2(counts), additive=False, bounds=(0.0, 0.9)
        )
        wanted = (0.75, 0.9) if counts[rival] > 2**10 else (0.0, 0.75)
        np.testing.assert_allclose([low[0], high[0]], wanted, rtol=1e-14)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "every second row": lambda z: np.repeat(z, 2, axis=0)[::2],
    "every second column": lambda z: np.repeat(z, 2, axis=1)[:, ::2],
    "backwards": lambda z: z[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda z: z.astype(z.dtype.newbyteorder(">")),
    "read-only": lambda z: np.frombuffer(z.tobytes(), z.dtype).reshape(z.shape),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_does_not_matter(layout, dtype):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(40, 9)).astype(dtype), rng.integers(0, 9, 40)
    counts = np.round(1000 ** rng.random(9))
    for rule in [*AFFINE, "1vs1"]:
        plain = exact_path(logits, labels, counts, rule)
        other = exact_path(LAYOUTS[layout](logits), labels, counts, rule)
        assert plain.sample.size
        for name in ("sample", "low", "high"):
            ours, theirs = getattr(plain, name), getattr(other, name)
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-15)


def test_integers_and_half_precision_are_taken_as_float64():
    rng = np.random.default_rng(3)
    logits, labels = rng.integers(-9, 9, size=(30, 5)), rng.integers(0, 5, 30)
    counts = np.array([5, 900, 30, 30, 2])
    for rule in AFFINE:
        wanted = exact_path(logits.astype(np.float64), labels, counts, rule)
        for dtype in (np.int32, np.float16):
            path = exact_path(logits.astype(dtype), labels.astype(np.uint8), counts, rule)
            np.testing.assert_array_equal(path.low, wanted.low)
            np.testing.assert_array_equal(path.high, wanted.high)


@pytest.mark.parametrize("rule", AFFINE)
def test_many_rows_are_cut_into_blocks(monkeypatch, rule):
    rng = np.random.default_rng(5)
    logits, labels = rng.normal(size=(50, 6)).astype(np.float32), rng.integers(0, 6, 50)
    counts = np.array([3, 90, 40, 7, 800, 20])
    whole = exact_path(logits, labels, counts, rule)
    monkeypatch.setattr(intervals, "_BLOCK_BYTES", 8 * 6 * 7)
    assert len(intervals.row_blocks(50, 6)) == 8
    blocks = exact_path(np.asfortranarray(logits), labels, counts, rule)
    np.testing.assert_array_equal(whole.low, blocks.low)
    np.testing.assert_array_equal(whole.sample, blocks.sample)


@pytest.mark.parametrize("rule", AFFINE)
def test_the_upper_bound_belongs_to_the_path(rule):
    """Also where the bounds' difference is rounded: -1.2 + (1.1 - -1.2) is below 1.1."""
    start, end = -1.2, 1.1
    assert start + (end - start) < end
    for bounds in [(start, end), (-0.1, 0.2), (-4.8, 6.9), (0.0, 3.0)]:
        logits = np.array([[2.0, 1.0], [1.0, 2.0]])

        def find(logits=logits, bounds=bounds):
            return exact_path(logits, [0, 0], [4, 4], rule, bounds=bounds)

        for path in (find(), without_kernels(find)):
            assert (path.low.tolist(), path.high.tolist()) == ([bounds[0]], [bounds[1]])
            assert path.at(bounds[1])[0] == 0.5
            assert path.curve("accuracy").at(bounds[1]) == 0.5


def test_factors_below_the_range_of_float32(monkeypatch):
    """At 5.1 a factor of 2**-153 multiplies a logit of 2**104: not zero against 2**-51."""
    counts, logits = np.ones(130), np.full((1, 130), -1, dtype=np.float32)
    counts[[0, 1, 129]] = 2.0**10, 2.0**30, 2.0**30
    logits[0, [0, 1, 129]] = 1, 2.0**101.6, 2.0**104
    for layout in (np.ascontiguousarray, np.asfortranarray):
        path = exact_path(layout(logits.repeat(2, axis=0)), [0, 0], counts, bounds=(-5, 10))
        np.testing.assert_allclose([path.low[0], path.high[0]], [5.2, 10], rtol=1e-12)
    swept = []

    def recorded(*arguments):
        swept.append(arguments)
        affine_intervals(*arguments)

    monkeypatch.setattr(intervals, "compiled", lambda name: recorded)
    exact_path(logits, [0], counts, bounds=(-5, 10))
    exact_path(logits, [0], counts, bounds=(0, 1))
    assert [call[0].dtype for call in swept] == [call[3].dtype for call in swept]
    assert [call[0].dtype for call in swept] == [np.float64, np.float32]


def test_a_masked_class_never_wins():
    """Minus infinity stands for a class that is ruled out."""
    rng = np.random.default_rng(11)
    logits, labels = np.abs(rng.normal(size=(60, 5))), rng.integers(0, 4, 60)
    counts = np.array([900, 100, 30, 8, 2])
    logits[:, 4] = -np.inf
    for rule in AFFINE:
        masked = exact_path(logits, labels, counts, rule)
        without = exact_path(logits[:, :4], labels, counts[:4], rule)
        assert masked.sample.size > 5
        np.testing.assert_array_equal(masked.low, without.low)
        np.testing.assert_array_equal(masked.high, without.high)


class TestRules:
    """The other affine rules and switches, each against its own formula."""

    rng = np.random.default_rng(21)
    logits = rng.normal(size=(80, 6)) + rng.normal(size=(80, 1))
    labels = rng.integers(0, 6, 80)
    counts = np.array([30.0, 900, 5, 30, 250, 2])

    def compare(self, path, score):
        """`score(t)` against the path, at midpoints of all its intervals and of a fine grid."""
        ends = np.concatenate([path.low, path.high, np.linspace(*path.bounds, 301)])
        changes = set()
        for t in brute_force.midpoints(ends, path.bounds, width=1e-9):
            right = score(t).argmax(axis=1) == self.labels
            np.testing.assert_array_equal(path.correct(t), right)
            changes.add(right.sum())
        assert len(changes) > 3

    @pytest.mark.parametrize("rule", AFFINE)
    def test_centred(self, rule):
        path = exact_path(self.logits, self.labels, self.counts, rule, center=True)
        centred = self.logits - self.logits.mean(axis=1, keepdims=True)
        self.compare(path, lambda t: brute_force.scores(centred, self.counts, rule, t))
        plain = exact_path(self.logits, self.labels, self.counts, rule)
        same = plain.low.size == path.low.size and np.allclose(plain.low, path.low)
        assert same == (rule == "ala")

    @pytest.mark.parametrize("prior", ["balanced", "train", (0.3, 0.1, 0.2, 0.1, 0.1, 0.2)])
    def test_target_prior(self, prior):
        """The parameter scales the training prior only; at 1 it is PC-softmax."""
        path = exact_path(
            self.logits.astype(np.float32), self.labels, self.counts, "ala", target_prior=prior
        )
        share = {"balanced": np.ones(6), "train": self.counts}.get(prior, prior)
        log_target, log_prior = (np.log(p / np.sum(p)) for p in (share, self.counts))
        z = self.logits.astype(np.float32).astype(np.float64)
        self.compare(path, lambda t: z - t * log_prior + log_target)
        pc_softmax = z + additive_offset(self.counts, 1.0, prior)
        np.testing.assert_array_equal(path.correct(1.0), pc_softmax.argmax(axis=1) == self.labels)

    @pytest.mark.parametrize("biased", [True, False])
    def test_tau_normalisation(self, biased):
        norms = np.array([0.5, 2.0, 1.5, 0.5, 1.0, 3.0])
        bias = np.array([0.3, -0.2, 0.5, 0.1, 0.0, -0.4]) if biased else None
        path = exact_path(
            self.logits, self.labels, self.counts, "tau-norm", weight_norms=norms, bias=bias
        )
        without = self.logits - (bias if biased else 0)
        self.compare(path, lambda t: without / norms**t)

    @settings(deadline=None, max_examples=100)
    @given(problems(st.sampled_from(POWERS), st.integers(-3, 3).map(lambda k: 2.0**k)))
    def test_tau_normalisation_ties(self, data):
        logits, labels, norms = data
        path = exact_path(
            logits, labels, np.ones(norms.size), "tau-norm", weight_norms=norms, bounds=(-1, 3)
        )
        for t in EIGHTHS:
            scores = brute_force.scores(logits, norms, "tau-norm", t, slopes=np.log2(norms))
            np.testing.assert_array_equal(path.correct(t), scores.argmax(axis=1) == labels)

    def test_a_bias_outside_the_scaling_can_win_twice(self):
        """Why tau-normalisation drops the bias: one interval a sample would not be enough."""
        dots, norms, bias = np.array([1.0, 1.0]), np.array([2.0, 4.0]), np.array([0.0, 0.1])
        ts = np.linspace(0, 6, 601)[:, None]
        wins = (dots / norms**ts + bias).argmax(axis=1) == 1
        changes = np.flatnonzero(wins[1:] != wins[:-1])
        assert (wins[0], changes.size, wins[-1]) == (True, 2, True)


class TestInvariances:
    """What each rule can and cannot see."""

    rng = np.random.default_rng(31)
    logits = rng.normal(size=(300, 8))
    labels = rng.integers(0, 8, 300)
    counts = np.round(np.geomspace(1000, 5, 8))

    def path(self, logits, rule="mla", **options):
        return exact_path(logits, self.labels, self.counts, rule, **options)

    def test_multiplicative_adjustment_does_not_see_the_scale_of_a_row(self):
        plain = self.path(self.logits)
        scaled = self.path(self.logits * 2.0 ** self.rng.integers(-9, 9, size=(300, 1)))
        np.testing.assert_array_equal(plain.sample, scaled.sample)
        np.testing.assert_allclose(plain.low, scaled.low, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(plain.high, scaled.high, rtol=1e-12)

    def test_multiplicative_adjustment_sees_a_shift(self):
        plain, moved = self.path(self.logits), self.path(self.logits + 1)
        assert (plain.correct(1.0) != moved.correct(1.0)).mean() > 0.02

    def test_additive_adjustment_does_not_see_a_shift_of_a_row(self):
        plain = self.path(self.logits, "ala")
        moved = self.path(self.logits + self.rng.integers(-4, 4, size=(300, 1)), "ala")
        np.testing.assert_array_equal(plain.sample, moved.sample)
        np.testing.assert_allclose(plain.low, moved.low, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(plain.high, moved.high, rtol=1e-11)

    def test_additive_adjustment_of_cooled_logits_is_a_longer_parameter(self):
        """z / T at tau is z at tau T; so scale is seen."""
        plain = self.path(self.logits, "ala", bounds=(0.0, 3.0))
        cooled = self.path(self.logits / 4, "ala", bounds=(0.0, 0.75))
        np.testing.assert_array_equal(plain.sample, cooled.sample)
        np.testing.assert_allclose(plain.low / 4, cooled.low, rtol=1e-14)
        np.testing.assert_allclose(plain.high / 4, cooled.high, rtol=1e-14)
        warm = self.path(self.logits / 4, "ala")
        assert (plain.correct(0.5) != warm.correct(0.5)).mean() > 0.05

    @pytest.mark.parametrize(("shift", "turn"), [(0, 1), (5, -1)])
    def test_negative_rows_run_backwards_unless_centred(self, shift, turn):
        """Count of the predicted class: rises where no logit is positive, falls otherwise."""
        logits = -np.abs(self.logits) - 0.1 + shift * 4
        everyone = np.repeat(logits, 8, axis=0)
        labels = np.tile(np.arange(8), 300)

        def mean_counts(center):
            path = exact_path(everyone, labels, self.counts, center=center)
            ts = np.linspace(0, 3, 31)
            return np.array([self.counts[labels[path.correct(t)]].mean() for t in ts])

        assert (np.diff(mean_counts(False)) * turn >= 0).all()
        assert np.ptp(mean_counts(False)) > 10
        assert (np.diff(mean_counts(True)) <= 0).all()

    def test_centring_leaves_no_row_without_a_positive_logit(self):
        assert (center_rows(-np.abs(self.logits)).max(axis=1) > 0).all()

    def test_two_opposite_logits_never_change_their_order(self):
        """The simplex frame of two classes: z and -z, and multiplication keeps their signs."""
        own = self.logits[:, :1]
        labels = self.labels % 2
        path = exact_path(np.hstack([own, -own]), labels, [1000, 5], bounds=(-5, 10))
        right = (own[:, 0] < 0) == labels
        np.testing.assert_array_equal(path.sample, np.flatnonzero(right))
        assert ((path.low == -5) & (path.high == 10)).all()
