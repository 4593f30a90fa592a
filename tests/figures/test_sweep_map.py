"""The map of a sweep and its data."""

from app.figures.sweep_map import sweep_table
from app.runs import collect
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_theory import sweep_theory


def test_the_data_of_the_map_are_its_cells():
    spec = SweepSpec(size=5, classes=4)
    arrays = collect(spec, run_sweep(spec)).arrays
    table = sweep_table(spec, arrays, sweep_theory(spec))
    cell = table.iloc[2 * spec.ratios.size + 3]
    assert (cell["ratio"], cell["decay"]) == (spec.ratios[3], spec.decays[2])
    assert cell["rank"] == arrays["rank"][2, 3]
    assert cell["phase in theory"].startswith("I")
    assert len(table) == spec.ratios.size * spec.decays.size
