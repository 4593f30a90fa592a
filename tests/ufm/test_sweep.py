"""Grids of models against single solutions."""

import numpy as np
import pytest

from app.runs import Runner, RunStore
from app.ufm.solve import solve
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_findings import measured_phases
from app.ufm.sweep_measure import measure
from tests.ufm.sweeps import swept

FIELDS = (
    "minority_distance",
    "minority_norm",
    "logit_size",
    "rank",
    "objective",
    "lower_bound",
    "certificate_ratio",
    "accuracy",
)


@pytest.mark.parametrize("fields", [{}, {"profile": "exponential"}, {"relu": True}])
def test_every_level_holds_the_cells_of_the_whole_grid(fields):
    spec = SweepSpec(size=10, **fields)
    snapshots = list(run_sweep(spec))
    cells = [spec.cell(r, c) for r in range(10) for c in range(spec.ratios.size)]
    whole = measure(cells, spec.num_minority)
    known = np.zeros((10, spec.ratios.size), dtype=bool)
    for stride, snapshot in zip((4, 2, 1), snapshots, strict=True):
        known[::stride, ::stride] = True
        assert snapshot.step == snapshot.metrics["cells"] == known.sum()
        for name in FIELDS:
            expected = np.where(known, whole[name].reshape(known.shape), np.nan)
            np.testing.assert_allclose(snapshot.arrays[name], expected, rtol=1e-6, atol=1e-6)
    assert snapshots[-1].step == spec.steps


def test_large_grids_can_be_stopped_within_a_level():
    spec = SweepSpec(size=30, classes=3, minority_fraction=0.67)
    steps = np.array([snapshot.step for snapshot in run_sweep(spec)])
    assert np.diff(steps, prepend=0).max() <= 400
    assert steps[-1] == spec.steps


def test_cells_are_the_models_that_solve_finds():
    spec, run = swept(size=5, loss="vs", gamma=0.3, tau=0.5, dim=9)
    for row, column in ((0, 0), (3, 1), (4, 4)):
        model = spec.cell(row, column)
        assert model.counts[0] / model.counts[-1] == spec.ratios[column]
        assert model.weight_decay == model.feature_decay == spec.decays[row]
        found = solve(model)
        assert run.arrays["objective"][row, column] == pytest.approx(found.metrics["objective"])
        Z = found.arrays["logits"]
        assert run.arrays["logit_size"][row, column] == pytest.approx(np.abs(Z).max(), abs=1e-6)
        right = (np.argmax(Z, axis=0) == np.arange(10)) & (np.diag(Z) > 1e-4)
        assert run.arrays["accuracy"][row, column] <= right.mean()


def test_a_merged_minority_is_not_recognised():
    _, run = swept()
    found = measured_phases(run.arrays)
    assert set(np.unique(found)) == {0, 1, 2, 3}
    accuracy, rank = run.arrays["accuracy"], run.arrays["rank"]
    assert (accuracy[found == 0] == 1).all()
    assert (accuracy[np.isin(found, (1, 2))] == 0.5).all()
    assert (accuracy[found == 3] == 0).all()
    # The four blocks of the optimum: contrasts of both groups, and the cross mode.
    for phase, expected in enumerate((9, 5, 4, 0)):
        assert (rank[found == phase] == expected).all()


def test_a_sweep_runs_in_the_runner_once_and_is_stored(tmp_path):
    spec = SweepSpec(size=5)
    store = RunStore(tmp_path)
    with Runner(store, workers=1) as runner:
        jobs = [runner.submit(spec, run_sweep) for _ in range(2)]
        assert [job.wait(30) for job in jobs] == ["done", "done"]
        assert jobs[0].run is jobs[1].run
    run = store.load(spec.id)
    assert run.spec == spec
    np.testing.assert_array_equal(run.arrays["rank"], jobs[0].run.arrays["rank"])
