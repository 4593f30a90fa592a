"""Who gains and who loses: recall by class, flips of predictions, the samples themselves."""

import numpy as np
import pandas as pd
import streamlit as st

from app.adjust.compare import Comparison, Line
from app.adjust.flips import Flips, find_flips, flip_counts, rank_bins
from app.data import Upload
from app.figures.classes import flips_figure, recall_change_figure
from app.figures.style import CONFIG
from app.ui.tune.glance import class_labels
from app.ui.tune.words import named

_MOST_BINS = 30
_MOST_ROWS = 1000


def draw_gains(upload: Upload, work: Comparison, raw: Line, line: Line) -> None:
    """Compare one adjuster with raw on the judged rows."""
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
    left, right = st.columns([3, 2], gap="large")
    left.plotly_chart(
        recall_change_figure(counts, work.setup.groups, labels, raw.recalls, line.recalls, 420),
        config=CONFIG,
        key="tune:gains",
        alt=_classes_sentence(raw, line),
    )
    bin_of, ranks = rank_bins(counts, _MOST_BINS)
    right.plotly_chart(
        flips_figure(
            flip_counts(before, line.predictions, bin_of),
            _bin_names(counts, ranks, labels),
            binned=counts.size > _MOST_BINS,
        ),
        config=CONFIG,
        key="tune:flips",
        alt=f"Predictions moved from raw classes to adjusted classes: {flips.fixed.size} fixed, "
        f"{flips.broken.size} broken.",
    )
    _samples(line, truth, before, flips, labels)


def _classes_sentence(raw: Line, line: Line) -> str:
    change = line.recalls - raw.recalls
    known = np.isfinite(change)
    gain, lose = int((change[known] > 0).sum()), int((change[known] < 0).sum())
    return f"Recall rises in {gain:,} classes and falls in {lose:,} of {int(known.sum()):,}."


def _bin_names(counts: np.ndarray, ranks: list[slice], labels: list[str]) -> list[str]:
    order = np.argsort(-counts, kind="stable")
    return [
        labels[order[r.start]] if r.stop - r.start == 1 else f"{r.start + 1} to {r.stop}"
        for r in ranks
    ]


def _samples(
    line: Line, truth: np.ndarray, before: np.ndarray, flips: Flips, labels: list[str]
) -> None:
    """The rows themselves, a kind at a time."""
    with st.expander("The samples fixed and broken"):
        kind = st.segmented_control(
            "Show",
            ["Fixed", "Broken", "Wrong both times"],
            default="Fixed",
            required=True,
            key="tune:flip_kind",
        )
        chosen = {"Fixed": flips.fixed, "Broken": flips.broken}.get(str(kind), flips.moved)
        table = pd.DataFrame(
            {
                "row": line.rows[chosen],
                "label": [labels[k] for k in truth[chosen]],
                "raw": [labels[k] for k in before[chosen]],
                "adjusted": [labels[k] for k in line.predictions[chosen]],
            }
        )
        st.dataframe(
            table.head(_MOST_ROWS),
            hide_index=True,
            height=300,
            key="tune:flip_rows",
            alt=f"{kind} samples: row of the file, label, raw and adjusted prediction.",
        )
        if len(table) > _MOST_ROWS:
            st.caption(
                f"The first {_MOST_ROWS:,} of {len(table):,}; all are in the predictions file."
            )
