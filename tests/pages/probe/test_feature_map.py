"""The map of features: principal axes at once, UMAP in the background."""

from threading import Event

import numpy as np
import pytest

from app.data.bundled import load_features
from app.probe.embedding import UmapSpec, digest
from app.probe.principal import principal
from app.runs import Snapshot
from app.ui.probe import umap_job
from tests.pages.probe.page import checked, opened, texts


def test_principal_axes_hold_most_of_the_variance():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 5)) * [1, 5, 0.1, 2, 0.5] + 7
    points, shares = principal(rows)
    np.testing.assert_allclose(np.abs(np.corrcoef(points[:, 0], rows[:, 1])[0, 1]), 1, atol=1e-3)
    assert shares[0] == pytest.approx(25 / 30.26, abs=0.03)
    assert shares[1] == pytest.approx(4 / 30.26, abs=0.03)
    only, part = principal(rows[:, :1])
    assert only.shape == (500, 2)
    assert part == (1.0, 0.0)


def test_umap_of_a_bundled_set_is_there_at_once(monkeypatch):
    monkeypatch.setattr(umap_job, "embedding", None)
    app = opened(projection="umap", methods="stage1,posthoc-la")
    assert not app.info
    text = texts(app)
    assert "3,000 of 10,000 test rows, drawn at random. UMAP keeps who is near whom" in text
    assert "Precomputed with umap-learn" in text
    assert "15 neighbours, least distance 0.1, seed 0" in text
    # A cut thins training rows; the map is of test rows.
    app = opened(projection="umap", methods="stage1", color="class", ratio="10")
    assert "Precomputed" in texts(app)


def test_other_umaps_come_in_the_background_and_pca_is_there_until_then(monkeypatch):
    go_on, found = Event(), []

    def slow(spec, features):
        go_on.wait(30)
        found.append((spec, features))
        yield Snapshot(0, {"points": features[:, :2]}, {})

    umap_job._bundled_maps.clear()
    monkeypatch.setattr(umap_job, "embedding", slow)
    digits = {"projection": "umap", "methods": "stage1,posthoc-la", "data": "digits-lt"}
    app = opened(**digits)
    assert "in the background" in app.info[0].value
    assert "PCA keeps" in texts(app)
    go_on.set()
    assert app.session_state["probe:umap:held"].job.wait(30) == "done"
    checked(app.run())
    assert not app.info
    assert "All 500 test rows. UMAP keeps who is near whom" in texts(app)
    assert "Computed here: 15 neighbours" in texts(app)
    features = load_features("digits-lt").test.features
    assert [spec for spec, _ in found] == [UmapSpec(rows=digest(features))]
    np.testing.assert_array_equal(found[0][1], features)
    # Known to all sessions by now.
    assert "UMAP keeps" in texts(opened(**digits))
    assert len(found) == 1
    umap_job._bundled_maps.clear()
