"""The last step of the lesson: the exact curve of a bundled sample with its cursor."""

import numpy as np

from app.tune import TuneSpec, bundled_spec
from app.tune.curves import raw_value, tuned_curves
from app.ui.header import teaching
from app.ui.learn.facts import tuning_facts
from app.ui.learn.shown import Shown, query_of
from app.ui.learn.spec import LessonSpec
from app.ui.tune.data import Chosen, sample
from app.ui.tune.live import chosen_value, live_curves
from app.ui.tune.live_data import curve_data, live_data, readout_data, snap_points
from app.ui.tune.results import by_hand, compare, judged_everywhere, lines

# How far below the best a gamma found by hand may be: half a point.
NEAR = 0.005


def draw_curve(spec: LessonSpec, name: str) -> Shown:
    """Draw balanced accuracy over gamma; a gamma released in it is the chosen one."""
    upload = sample(name)
    assert upload.class_counts is not None
    chosen = Chosen(upload, f"sample:{name}", True)
    page = TuneSpec(data=name, adjusters=("mla",), value=spec.gamma, **bundled_spec(upload))
    released = chosen_value(page, ("mla",))["value"]
    work = compare(chosen, page)
    raw, tuned = lines(chosen, page, ("mla",))
    assert tuned.optimum is not None
    # A double click on the slider asks for the tuned value.
    gamma = tuned.optimum.value if released is None else released
    page = TuneSpec(**(page.model_dump() | {"value": gamma}))
    own = by_hand(chosen, page, work, tuned)
    assert own is not None
    curves = tuned_curves(work, page, [tuned])
    snaps = snap_points(page, tuned.optimum.value, None)
    table = judged_everywhere(chosen, page, work, raw, tuple(snap.value for snap in snaps))
    drawn = curve_data(page, curves, raw_value(work, page), table.positions)
    live_curves(live_data(page, drawn, teaching(), readout_data(page, table, upload), snaps))
    tuning = work.protocol("mla", page.judge, page.folds, page.seed).final.size
    counts = np.asarray(upload.class_counts)
    return Shown(
        "tune",
        query_of(page),
        tuning_facts(page, counts, tuning, (raw, tuned, own)) | {"near": f"{100 * NEAR:g}"},
        {"gamma": gamma},
        done=bool(curves[0].curve.at(gamma) >= tuned.optimum.score - NEAR),
    )
