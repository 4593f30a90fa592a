"""Presets are what their words say, judged by the runs that ship with the app."""

import json

import numpy as np
import pytest

from app.centers import CentersSpec
from app.commands.engines import compute, shipped_kinds
from app.commands.runs import TOLERANCE
from app.probe import ProbeSpec
from app.runs import RunStore
from app.runs.compare import largest_difference
from app.runs.presets import FOLDER, presets
from app.runs.store import BUNDLED
from app.ufm.spec import UFMSpec
from tests.runs.toy import Toy

ALL = {preset.name: preset for kind in shipped_kinds() for preset in presets(kind)}
PRESETS = {preset.name: preset for preset in presets(UFMSpec)}
STORE = RunStore(BUNDLED)


def stored(name):
    return STORE.load(PRESETS[name].spec.id)


def gram_distance(a, b):
    A, B = a @ a.T, b @ b.T
    return np.linalg.norm(A / np.linalg.norm(A) - B / np.linalg.norm(B))


def cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_every_file_is_a_preset_of_something_that_can_be_computed():
    # Centers train in about a second, classifiers in a few: their pages compute them when asked.
    quick = [preset.name for kind in (CentersSpec, ProbeSpec) for preset in presets(kind)]
    assert sorted([*ALL, *quick]) == sorted(path.stem for path in FOLDER.glob("*"))
    assert presets(Toy) == ()


@pytest.mark.parametrize("name", ALL)
def test_a_preset_is_whole_and_its_run_ships_with_the_app(name):
    content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert set(content) == {"title", "words", "kind", "spec"}
    preset = ALL[name]
    assert preset.title
    assert preset.words
    run = STORE.load(preset.spec.id)
    assert run.spec == preset.spec
    assert run.complete
    assert run.arrays["curve/step"][-1] == preset.spec.steps


@pytest.mark.parametrize("name", PRESETS)
def test_finals_are_kept_in_double_precision_and_trajectories_in_single(name):
    arrays = stored(name).arrays
    assert arrays["path/classifier"].dtype == np.float32
    assert arrays["classifier"].dtype == np.float64
    assert stored(name).metrics["diverged"] == 0


def test_the_default_model_ships_with_the_app():
    assert STORE.load(UFMSpec().id).metrics["gap"] < 1e-9


def test_what_ships_is_a_few_megabytes_and_nothing_else():
    entries, problems = STORE.list()
    assert not problems
    defaults = {kind().id for kind in shipped_kinds()}
    assert {entry.id for entry in entries} == defaults | {p.spec.id for p in ALL.values()}
    assert sum(entry.size for entry in entries) < 5e6


@pytest.mark.parametrize("name", sorted(PRESETS.keys() - {"08-starvation", "10-behnia"}))
def test_certified_presets_are_at_their_optimum(name):
    metrics = stored(name).metrics
    assert metrics["gap"] <= 1e-6 * metrics["objective"]


def test_balanced_classes_become_a_simplex_etf():
    run = stored("01-simplex-etf")
    expected = np.full((10, 10), -1 / 9)
    np.fill_diagonal(expected, 1.0)
    for name in ("classifier", "means"):
        np.testing.assert_allclose(cosines(run.arrays[name]), expected, atol=1e-6)


def test_more_imbalance_turns_the_tail_vectors_together():
    """Towards the cosines of the limit of no decay (Behnia et al., AISTATS 2023): .033 and .338."""
    tail = np.ix_(range(5, 10), range(5, 10))
    names = ["01-simplex-etf", "02-seli-10", "03-seli-100"]
    mean = [(cosines(stored(name).arrays["classifier"])[tail].sum() - 5) / 20 for name in names]
    np.testing.assert_allclose(mean, [-1 / 9, 0.033369, 0.338026], atol=0.02)


def test_ldt_makes_the_classifier_an_etf_and_tail_means_longer():
    ldt, ce = stored("04-ldt").arrays, stored("02-seli-10").arrays
    etf = np.eye(10) - 0.1
    assert gram_distance(ldt["classifier"], etf) < 0.5 * gram_distance(ce["classifier"], etf)
    norms = np.linalg.norm(ldt["means"], axis=1)
    assert norms[5:].min() > 2 * norms[:5].max()


def test_cdt_makes_means_parallel_to_class_vectors():
    arrays = stored("05-cdt").arrays
    W, H = arrays["classifier"], arrays["means"]
    along = (W * H).sum(axis=1) / np.linalg.norm(W, axis=1) / np.linalg.norm(H, axis=1)
    ce = stored("02-seli-10").arrays
    before = (ce["classifier"] * ce["means"]).sum(axis=1) / (
        np.linalg.norm(ce["classifier"], axis=1) * np.linalg.norm(ce["means"], axis=1)
    )
    assert along.min() > 0.99
    assert along.min() > before.min()


@pytest.mark.parametrize("name", ["06-relu", "09-dang"])
def test_relu_features_become_orthogonal_and_longer_in_the_tail(name):
    H = stored(name).arrays["means"]
    assert H.min() >= 0
    counts = np.array(PRESETS[name].spec.counts)
    np.testing.assert_allclose(cosines(H), np.eye(len(H)), atol=1e-6)
    norms = np.linalg.norm(H, axis=1)
    assert (np.diff(norms)[np.diff(counts) < 0] > 0).all()


def test_in_minority_collapse_tail_classes_are_one_and_not_zero():
    arrays = stored("07-minority-collapse").arrays
    for name in ("classifier", "means"):
        tail = arrays[name][5:]
        assert np.linalg.norm(tail, axis=1).min() > 0.1
        assert np.abs(tail - tail[0]).max() < 1e-6
        assert np.linalg.norm(arrays[name][0] - arrays[name][1]) > 0.1


def test_starvation_looks_like_collapse_but_is_none():
    run = stored("08-starvation")
    assert (np.linalg.norm(run.arrays["means"], axis=1) < 1e-9).sum() == 3
    assert run.metrics["ratio"] > 10
    assert run.metrics["gap"] > 0.01


def test_the_published_rate_stops_short_of_the_optimum():
    metrics = stored("10-behnia").metrics
    assert 1e-4 < metrics["gap"] / metrics["objective"] < 1e-1


@pytest.mark.parametrize("name", ["06-relu", "08-starvation"])
def test_a_bundled_run_is_what_its_settings_give(name):
    assert largest_difference(stored(name), compute(PRESETS[name].spec))[1] <= TOLERANCE
