"""Who gains and who loses: recall by class, flips of predictions, the samples themselves."""

import numpy as np
import pandas as pd
import streamlit as st

from app.adjust.compare import Comparison, Line
from app.adjust.flips import Flips, bin_names, find_flips, flip_counts, rank_bins
from app.figures.classes import flips_figure, recall_change_figure
from app.tune import TuneSpec, class_labels
from app.ui.chart import chart
from app.ui.tune.code import flips_code, focus_code, gains_code, lines_code, work_code
from app.ui.tune.data import Chosen
from app.ui.tune.words import named

_MOST_BINS = 30
_MOST_ROWS = 1000


def draw_gains(chosen: Chosen, spec: TuneSpec, work: Comparison, raw: Line, line: Line) -> None:
    """Compare one adjuster with raw on the judged rows."""
    upload = chosen.upload
    counts, labels = np.asarray(upload.class_counts), class_labels(upload)
    rows = np.searchsorted(raw.rows, line.rows)
    before, truth = raw.predictions[rows], work.labels[line.rows]
    flips = find_flips(truth, before, line.predictions)
    title = named(line)
    st.subheader(f"Who gains, who loses under {title}", anchor=False)
    st.markdown(
        f"It moves {before.size and (before != line.predictions).mean():.1%} of the "
        f"{before.size:,} judged predictions: **{flips.fixed.size:,} fixed**, "
        f"**{flips.broken.size:,} broken**, {flips.moved.size:,} wrong before and after. "
        f"{_classes_sentence(raw, line)}"
    )
    made = work_code(chosen, spec), lines_code((line.name,)), focus_code(spec)
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            recall_change_figure(counts, work.setup.groups, labels, raw.recalls, line.recalls, 420),
            "tune:gains",
            _classes_sentence(raw, line),
            *made,
            gains_code(),
        )
    bin_of, ranks = rank_bins(counts, _MOST_BINS)
    with right:
        chart(
            flips_figure(
                flip_counts(before, line.predictions, bin_of),
                bin_names(counts, ranks, labels),
                binned=counts.size > _MOST_BINS,
            ),
            "tune:flips",
            f"Predictions moved from raw classes to adjusted classes: {flips.fixed.size} fixed, "
            f"{flips.broken.size} broken.",
            *made,
            flips_code(_MOST_BINS),
        )
    _samples(line, truth, before, flips, labels)


def _classes_sentence(raw: Line, line: Line) -> str:
    change = line.recalls - raw.recalls
    known = np.isfinite(change)
    gain, lose = int((change[known] > 0).sum()), int((change[known] < 0).sum())
    return f"Recall rises in {gain:,} classes and falls in {lose:,} of {int(known.sum()):,}."


@st.fragment
def _samples(
    line: Line, truth: np.ndarray, before: np.ndarray, flips: Flips, labels: list[str]
) -> None:
    """The rows themselves, a kind at a time; nothing of them is made before they are opened."""
    place = st.expander("The samples fixed and broken", key="tune:samples", on_change="rerun")
    if not place.open:
        return
    with place:
        kind = st.segmented_control(
            "Show",
            ["Fixed", "Broken", "Wrong both times"],
            default="Fixed",
            required=True,
            key="tune:flip_kind",
        )
        chosen = {"Fixed": flips.fixed, "Broken": flips.broken}.get(str(kind), flips.moved)
        shown = chosen[:_MOST_ROWS]
        st.dataframe(
            pd.DataFrame(
                {
                    "row": line.rows[shown],
                    "label": [labels[k] for k in truth[shown]],
                    "raw": [labels[k] for k in before[shown]],
                    "adjusted": [labels[k] for k in line.predictions[shown]],
                }
            ),
            hide_index=True,
            height=300,
            key="tune:flip_rows",
            alt=f"{kind} samples: row of the file, label, raw and adjusted prediction.",
        )
        if chosen.size > _MOST_ROWS:
            st.caption(
                f"The first {_MOST_ROWS:,} of {chosen.size:,}; all are in the predictions file."
            )
