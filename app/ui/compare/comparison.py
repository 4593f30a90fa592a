"""Chosen runs over their training, at their end, and in their settings."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.figures.compare_curves import Course, alt_text, compare_curves_figure
from app.figures.style import enlarged
from app.runs import Run
from app.ui.chart import chart
from app.ui.collapse.words import number
from app.ui.compare.code import curves_code
from app.ui.compare.differences import differences
from app.ui.compare.kinds import title_of
from app.ui.compare.spec import MAX_METRICS, CompareSpec
from app.ui.compare.words import ABSENT, ALSO, FIRST, PAGE, metric_words
from app.ui.glossary import explained
from app.ui.header import teaching
from app.ui.text import plain

_METRICS = f"{PAGE}.metrics"


def titles(runs: Sequence[Run]) -> list[str]:
    """Titles of runs, with the id where two are alike."""
    found = [title_of(run.spec) for run in runs]
    return [
        f"{title} ({run.spec.id[:6]})" if found.count(title) > 1 else title
        for title, run in zip(found, runs, strict=True)
    ]


def courses_of(runs: Sequence[Run]) -> dict[str, Course]:
    """What the runs keep of their metrics, by title; those that keep nothing are left out."""
    return {
        title: _course(run)
        for title, run in zip(titles(runs), runs, strict=True)
        if "curve/step" in run.arrays
    }


def _course(run: Run) -> Course:
    curves = {
        name.removeprefix("curve/"): np.asarray(run.arrays[name], dtype=float)
        for name in run.arrays
        if name.startswith("curve/") and name != "curve/step"
    }
    return Course(np.asarray(run.arrays["curve/step"], dtype=float), curves)


def metrics_drawn(asked: Sequence[str], offered: Sequence[str]) -> tuple[str, ...]:
    """Metrics to draw: those asked for that there are, else the first of the usual ones."""
    usual = [name for name in FIRST if name in offered] or [n for n in offered if n != "epoch"]
    return tuple(name for name in asked if name in offered) or tuple(usual[:2])


def draw_curves(spec: CompareSpec, runs: Sequence[Run]) -> tuple[str, ...]:
    """Draw the metrics over training; return what the control for them asks for."""
    courses = courses_of(runs)
    offered = list(dict.fromkeys(name for course in courses.values() for name in course.curves))
    if not offered:
        st.caption("No metrics over training are kept of these.")
        return spec.metrics
    for name in spec.metrics:
        if name not in offered:
            st.warning(plain(f"None of these runs keeps the metric {name!r}: it is not drawn."))
    asked = spec.metrics if teaching() else _pick(spec, offered)
    metrics = metrics_drawn(asked, offered)
    words = {name: metric_words(name) for name in metrics}
    figure = compare_curves_figure(courses, words)
    if teaching():
        figure = enlarged(figure).update_layout(height=max(640, figure.layout.height))
    ids = {t: r.spec.id for t, r in zip(titles(runs), runs, strict=True) if t in courses}
    chart(
        figure,
        f"{PAGE}:curves",
        alt_text(courses, words),
        curves_code(ids, words),
        table=lambda: curves_table(courses, metrics),
    )
    if silent := [t for t, course in courses.items() if not course.curves.keys() & set(metrics)]:
        st.caption(plain(f"None of these is kept of {' and '.join(silent)}."))
    if not teaching():
        st.caption("Drag across a panel to see its steps closer in all; double-click to go back.")
    return asked


def curves_table(courses: Mapping[str, Course], metrics: Sequence[str]) -> pd.DataFrame:
    """Return metrics of runs over their steps, one row a run and step."""
    parts = []
    for title, (steps, curves) in courses.items():
        kept = {metric_words(name): curves[name] for name in metrics if name in curves}
        parts.append(pd.DataFrame({"run": title, "step": steps} | kept))
    return pd.concat(parts, ignore_index=True)


def _pick(spec: CompareSpec, offered: Sequence[str]) -> tuple[str, ...]:
    """Draw the choice of metrics; empty if it is left as it comes, or emptied."""
    changed = st.session_state[f"{PAGE}:changed"].get("metrics")
    wanted = list(metrics_drawn(spec.metrics if changed is None else changed, offered))
    if st.session_state.get(_METRICS) != wanted:
        st.session_state[_METRICS] = wanted
    field = CompareSpec.model_fields["metrics"]
    chosen = st.multiselect(
        str(field.title),
        offered,
        format_func=metric_words,
        max_selections=MAX_METRICS,
        help=explained(field.description or "", *map(metric_words, offered)),
        key=_METRICS,
        on_change=_note,
    )
    return () if tuple(chosen) == metrics_drawn((), offered) else tuple(chosen)


def _note() -> None:
    st.session_state[f"{PAGE}:changed"]["metrics"] = tuple(st.session_state[_METRICS])


def draw_differences(runs: Sequence[Run]) -> None:
    """Draw a table of the settings that differ."""
    found = differences([run.spec for run in runs])
    st.table(_table(found, titles(runs)))


def draw_metrics(runs: Sequence[Run]) -> None:
    """Draw tables of the metrics at the end, the usual ones open."""
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    usual = [name for name in (*FIRST, *ALSO) if name in names]
    _draw_ends(runs, usual or list(names))
    if usual and (rest := [name for name in names if name not in usual]):
        with st.expander("More metrics"):
            _draw_ends(runs, rest)


def _draw_ends(runs: Sequence[Run], names: Sequence[str]) -> None:
    found = {
        metric_words(name): [
            number(run.metrics[name]) if name in run.metrics else ABSENT for run in runs
        ]
        for name in names
    }
    st.table(_table(found, titles(runs)))


def _table(rows: Mapping[str, Sequence[str]], columns: Sequence[str]) -> pd.DataFrame:
    """Texts as they are: tables take Markdown, and some texts come from files."""
    return pd.DataFrame(
        [[plain(value) for value in values] for values in rows.values()],
        index=[plain(name) for name in rows],
        columns=[plain(title) for title in columns],
    )
