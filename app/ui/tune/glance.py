"""What the data are, before anything is tuned."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.adjust.compare import Line
from app.adjust.metrics import SHORT_TITLES
from app.data import Upload
from app.figures.classes import counts_figure
from app.figures.style import settled
from app.tune import TuneSpec, class_labels
from app.ui.chart import chart
from app.ui.once import Origin, once
from app.ui.text import plain
from app.ui.tune.code import counts_code, work_code
from app.ui.tune.data import Chosen
from app.ui.tune.words import percent


def draw_name(upload: Upload) -> None:
    """Say which data these are, and how large and imbalanced."""
    counts = upload.class_counts
    assert counts is not None
    rows, num_classes = upload.logits.shape
    name = upload.metadata.get("title", upload.name)
    st.markdown(
        f"**{plain(name)}**: {rows:,} samples, {num_classes:,} classes, "
        f"{counts.max():,} to {counts.min():,} training samples a class "
        f"(imbalance ratio {counts.max() / counts.min():,.0f})."
    )


def draw_glance(
    chosen: Chosen, spec: TuneSpec, raw: Line, groups: NDArray[np.str_], remarks: list[str]
) -> None:
    """Sizes, imbalance, raw accuracy by group, the class counts, and warnings in words."""
    upload, counts = chosen.upload, chosen.upload.class_counts
    assert counts is not None
    num_classes = counts.size
    figures, place = st.columns([3, 2], gap="large")
    with figures:
        st.caption(f"Raw logits, judged on {raw.rows.size:,} samples")
        with st.container(horizontal=True, gap="medium"):
            for metric, title in SHORT_TITLES.items():
                st.metric(
                    title,
                    percent(raw.scores[metric]),
                    width="content",
                    help=_explained(metric, spec),
                )
        for sentence in remarks:
            st.warning(plain(sentence))
        if upload.notes:
            with st.expander(f"How the file was read ({len(upload.notes)} notes)"):
                for note in upload.notes:
                    st.markdown(f"- {plain(note)}")
    with place:
        chart(
            _counts(Origin(chosen.key, not chosen.shared), spec.many, spec.few, upload, groups),
            "tune:counts",
            f"Training samples of {num_classes} classes from {counts.max():,} to "
            f"{counts.min():,}, head to tail.",
            work_code(chosen, spec),
            counts_code(),
        )


@once
def _counts(
    of: Origin | None, many: int, few: int, _upload: Upload, _groups: NDArray[np.str_]
) -> go.Figure:
    assert _upload.class_counts is not None
    return settled(counts_figure(_upload.class_counts, _groups, class_labels(_upload)))


def _explained(metric: str, spec: TuneSpec) -> str:
    return {
        "accuracy": "Share of samples predicted correctly.",
        "balanced_accuracy": "Mean recall over the classes that have samples.",
        "many": f"Mean recall of classes with more than {spec.many:,} training samples.",
        "medium": f"Mean recall of classes with {spec.few:,} to {spec.many:,} training samples.",
        "few": f"Mean recall of classes with fewer than {spec.few:,} training samples.",
        "worst_class": "The smallest recall of any class that has samples.",
    }[metric]
