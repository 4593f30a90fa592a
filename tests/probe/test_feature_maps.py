"""UMAP: refusals, the maps that ship, and that a new one is as good."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from app.data.bundled import FEATURE_FILES, load_features
from app.data.features import Rows
from app.errors import UserError
from app.probe.embedding import UmapSpec, digest, embedding
from app.probe.feature_maps import FOLDER, MOST_POINTS, map_rows, rebuild_maps, shipped_map
from tests.probe.sets import clouds

bundled = pytest.mark.parametrize("name", FEATURE_FILES)


def rows_of(name):
    return map_rows(load_features(name).test)


def embed(features):
    (found,) = embedding(UmapSpec(rows=digest(features)), features)
    return found.arrays["points"]


@bundled
def test_the_shipped_map_is_of_the_shipped_features(name):
    rows = rows_of(name)
    run = shipped_map(UmapSpec(rows=digest(rows.features)))
    assert run is not None, "run `python -m app data maps`"
    assert run.arrays["points"].shape == (rows.labels.size, 2)
    assert run.arrays["points"].dtype == np.float16
    assert np.isfinite(run.arrays["points"]).all()
    assert run.provenance["data"] == name
    assert {"umap-learn", "numba", "scikit-learn", "created"} <= run.provenance.keys()
    # Neighbours share a class far more often on the map than at random.
    points = np.asarray(run.arrays["points"], dtype=np.float64)
    nearest = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(nearest, np.inf)
    same = (rows.labels[nearest.argmin(axis=1)] == rows.labels).mean()
    chance = (np.bincount(rows.labels) ** 2).sum() / rows.labels.size**2
    assert same > 5 * chance


def test_no_other_map_ships():
    wanted = {UmapSpec(rows=digest(rows_of(name).features)).id for name in FEATURE_FILES}
    assert {path.stem for path in FOLDER.iterdir()} == wanted


def test_a_map_is_of_exactly_one_request():
    features = rows_of("kjv-books").features
    asked = UmapSpec(rows=digest(features))
    assert shipped_map(asked) is not None
    for other in (
        UmapSpec(rows=digest(features), seed=1),
        UmapSpec(rows=digest(features), neighbors=14),
        UmapSpec(rows=digest(features[1:])),
        UmapSpec(rows=digest(features[::-1])),
        UmapSpec(rows=digest(features.T)),
    ):
        assert shipped_map(other) is None
    assert digest(features.astype(np.float64)) == digest(features)


def test_rows_of_a_map_are_some_in_their_order():
    labels = np.arange(MOST_POINTS + 500)
    found = map_rows(Rows(labels[:, None].astype(np.float32), labels))
    assert found.labels.size == MOST_POINTS
    assert (np.diff(found.labels) > 0).all()
    np.testing.assert_array_equal(found.features[:, 0], found.labels)
    few = Rows(np.zeros((3, 2), np.float32), np.arange(3))
    assert map_rows(few) is few


def test_what_cannot_be_embedded_is_refused():
    with pytest.raises(UserError, match="at least 20 rows, got 5"):
        embed(np.zeros((5, 3)))
    features = np.zeros((30, 3))
    with pytest.raises(UserError, match="at least 101 rows, got 30"):
        list(embedding(UmapSpec(rows=digest(features), neighbors=100), features))
    with pytest.raises(UserError, match="must be the digest of the features"):
        list(embedding(UmapSpec(rows="0" * 16), features))


@pytest.mark.slow
def test_clusters_stay_apart():
    data = clouds((60, 60, 60), dim=16, spread=0.3)
    points = embed(data.train.features).astype(np.float64)
    means = np.stack([points[data.train.labels == k].mean(axis=0) for k in range(3)])
    apart = np.linalg.norm(points[:, None] - means, axis=-1).argmin(axis=1)
    assert (apart == data.train.labels).mean() == 1


@pytest.mark.slow
def test_maps_made_anew_are_as_good(tmp_path):
    made = rebuild_maps(tmp_path)
    assert [name for name, _ in made] == list(FEATURE_FILES)
    for name, _ in made:
        features = rows_of(name).features
        asked = UmapSpec(rows=digest(features))
        new, old = (
            trustworthiness(features, shipped_map(asked, folder).arrays["points"], n_neighbors=15)
            for folder in (tmp_path, FOLDER)
        )
        assert new == pytest.approx(old, abs=0.01)
