"""Bootstraps of exact paths against paths of the rows that were drawn."""

import numpy as np
import pytest

from app.adjust.exact import exact_path
from app.adjust.metrics import METRICS
from app.adjust.path import ParameterPath
from app.errors import UserError
from tests.adjust.paths import COUNTS, LABELS, LOGITS, PATHS, RULES, problem


class TestBootstrap:
    @pytest.mark.parametrize("name", METRICS)
    @pytest.mark.parametrize("rule", RULES)
    def test_replicates_are_paths_of_resampled_rows(self, monkeypatch, rule, name):
        """Rows drawn here, repeated and given to a new path; nothing shared but the draw."""
        rng = np.random.default_rng(8)
        draws = []
        for _ in range(4):
            own = [np.flatnonzero(k == LABELS) for k in range(7)]
            draws.append(np.concatenate([rng.choice(rows, rows.size) for rows in own]))
        given = iter(draws)

        def drawn(self, rng):
            return np.bincount(next(given), minlength=LABELS.size)

        monkeypatch.setattr(ParameterPath, "_resampled", drawn)
        found = PATHS[rule].bootstrap(name, samples=4, bounds=(0.2, 2.0), points=33)
        np.testing.assert_allclose(found.parameters, np.linspace(0.2, 2.0, 33))
        for b, rows in enumerate(draws):
            anew = exact_path(LOGITS[rows], LABELS[rows], COUNTS, rule, bounds=(0.2, 2.0))
            best = anew.best(name)
            assert found.values[b] == pytest.approx(best.value, abs=1e-12)
            assert found.scores[b] == pytest.approx(best.score, abs=1e-13)
            np.testing.assert_allclose(
                found.curves[b], anew.curve(name).at(found.parameters), atol=1e-13
            )

    def test_rows_are_drawn_within_each_class(self):
        path, rng = PATHS["mla"], np.random.default_rng(0)
        draws = np.array([path._resampled(rng) for _ in range(400)])
        for b in (0, 1, 399):
            sizes = np.bincount(LABELS, weights=draws[b], minlength=7)
            np.testing.assert_array_equal(sizes, path.class_sizes)
        # Each row once on average, as often as in a multinomial draw.
        assert abs(draws.mean(axis=0) - 1).max() < 5 / 20
        spread = draws.var(axis=0).mean()
        assert spread == pytest.approx(1 - 7 / LABELS.size, abs=0.05)

    def test_seeds(self):
        first, again, other = (PATHS["mla"].bootstrap("accuracy", 20, seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(first.values, again.values)
        np.testing.assert_array_equal(first.curves, again.curves)
        assert (first.values != other.values).any()

    def test_intervals_and_bands(self):
        path = PATHS["ala"]
        found = path.bootstrap("balanced_accuracy", samples=120, seed=1, points=61)
        wide, narrow = found.interval(0.95), found.interval(0.5)
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
        assert wide[0] < wide[1]
        inside = (wide[0] <= found.values) & (found.values <= wide[1])
        assert 0.93 <= inside.mean() <= 0.97
        low, high = found.band(0.95)
        assert low.shape == high.shape == (61,)
        curve = path.curve("balanced_accuracy").at(found.parameters)
        assert ((low <= curve) & (curve <= high)).mean() > 0.9
        assert 0.02 < (high - low).mean() < 0.3
        assert (found.scores >= found.curves.max(axis=1) - 1e-12).all()

    def test_a_band_of_many_rows_is_narrow(self):
        logits, labels = problem(4000, seed=9)
        found = exact_path(logits, labels, COUNTS, "ala").bootstrap("accuracy", 40)
        low, high = found.band()
        assert (high - low).max() < 4 * 1.96 * np.sqrt(0.25 / 4000)

    def test_at_least_one_replicate(self):
        with pytest.raises(UserError, match=r"samples must be at least 1, got 0\."):
            PATHS["mla"].bootstrap("accuracy", samples=0)
