"""What is said of a grid."""

import numpy as np
import pytest

from app.runs import collect
from app.runs.presets import presets
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_findings import agreement, as_theory_sees, findings, measured_phases
from tests.ufm.sweeps import said, sweep_theory, swept

PRESETS = {preset.name: preset.spec for preset in presets(SweepSpec)}


def test_every_number_that_is_said_comes_from_the_grid():
    spec, run = swept()
    arrays = {name: np.array(values) for name, values in run.arrays.items()}
    theory = sweep_theory(spec)
    assert "In 144 of 144 cells measurement and theory agree." in said(spec, run)
    arrays["minority_distance"][0, 0] = 0.0
    found = agreement(spec, arrays, theory)
    assert (found.agree, found.known, found.at_border) == (143, 144, 0)
    row = int(np.flatnonzero(theory.phases[:, 6])[0])
    arrays["minority_distance"][row, 6] = 0.3
    found = agreement(spec, arrays, theory)
    assert (found.agree, found.at_border) == (142, 1)
    assert "of the others 1 of 2 touch a border" in " ".join(findings(spec, arrays, theory))
    arrays["border"] *= 2
    assert "lies at 2 times the decay of that of the formula" in " ".join(
        findings(spec, arrays, theory)
    )
    arrays["certificate_ratio"][3, 3] = 1.5
    assert "143 of 144 cells are certified optimal" in " ".join(findings(spec, arrays, theory))


def test_what_is_not_computed_yet_is_not_counted():
    spec = SweepSpec(size=8)
    theory, first = sweep_theory(spec), next(run_sweep(spec))
    found = agreement(spec, first.arrays, theory)
    assert found.known == found.agree == 4
    assert (measured_phases(first.arrays) == -1).sum() == 60
    tail = SweepSpec(size=8, profile="exponential")
    first = next(run_sweep(tail))
    assert (as_theory_sees(tail, first.arrays, sweep_theory(tail)) == -1).sum() == 60


def test_a_map_without_border_says_so():
    spec, run = swept(decay_high=1e-4, ratio_high=5)
    assert f"told apart in {spec.steps} of {spec.steps} cells: no border" in said(spec, run)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_show_what_they_promise(name):
    spec = PRESETS[name].model_copy(update={"size": 10})
    run = collect(spec, run_sweep(spec))
    text = said(spec, run)
    expected = {
        "minority-1-ce": "The measured border is that of the formula",
        "minority-2-la": "The measured border is that of cross-entropy without ReLU",
        "minority-3-cdt": "lost earlier",
        "minority-4-ldt": "lost earlier",
        "minority-5-wce": "lost later",
        "minority-6-relu": "lies at 0.86",
        "minority-7-tail": "the rank of the logits goes 9, ",
        "minority-8-six-dimensions": "The measured border is that of the formula",
        "minority-9-four-dimensions": "lost earlier",
    }
    assert expected[name] in text
    if spec.dim >= spec.classes:
        assert f"In {spec.steps} of {spec.steps} cells measurement and theory agree." in text
