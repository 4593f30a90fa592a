"""The last step of the lesson: the exact curve of a bundled sample with its cursor."""

import numpy as np
import pandas as pd

from app.adjust.metrics import METRIC_TITLES
from app.figures.curves import curves_figure
from app.tune import TuneSpec, bundled_spec
from app.tune.curves import curve_columns, raw_value, tuned_curves
from app.ui.chart import take_away
from app.ui.header import teaching
from app.ui.learn.facts import tuning_facts
from app.ui.learn.shown import Shown
from app.ui.learn.spec import PAGE, LessonSpec
from app.ui.tune.code import curves_code, lines_code, work_code
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
    take_away(
        lambda: curves_figure(
            curves,
            (page.low, page.high),
            raw_value(work, page),
            METRIC_TITLES[page.metric],
            page.focus,
        ),
        f"{PAGE}:curves",
        work_code(chosen, page),
        lines_code(("mla",)),
        curves_code(page),
        table=lambda: pd.DataFrame(curve_columns(curves, page.metric)),
    )
    tuning = work.protocol("mla", page.judge, page.folds, page.seed).final.size
    counts = np.asarray(upload.class_counts)
    return Shown(
        "tune",
        page.to_short_query(),
        tuning_facts(page, counts, tuning, (raw, tuned, own)) | {"near": f"{100 * NEAR:g}"},
        {"gamma": gamma},
        done=bool(curves[0].curve.at(gamma) >= tuned.optimum.score - NEAR),
    )
