"""The comparison as a table: while it is computed means alone, then with intervals and tests."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.adjust.metrics import METRIC_TITLES, SHORT_TITLES, MetricName
from app.data.features import FeatureSet
from app.probe import METHODS, MethodName, ProbeSpec
from app.probe.results import Line, Score, comparison
from app.probe.selection import protocol
from app.ui.glossary import caption
from app.ui.once import Origin, once
from app.ui.probe.data import title_of
from app.ui.probe.training import Seen, training_rows
from app.ui.probe.words import PAGE, SHORT_NAMES
from app.ui.text import plain

_AGAINST: dict[MethodName, str] = {"stage1": "− stage 1", "balanced-softmax": "− BS"}
_ROW_HEIGHT, _MOST_HEIGHT, _CHOSEN_WIDTH = 35, 760, 320  # pixels
_HALF_WORDS = "Half the 95 % interval over seeds, by Student's t."
_P_WORDS = (
    "That the two differ on the test rows: paired randomisation test, two-sided, first seed; "
    "the smallest value is one over the draws."
)


def sentence(spec: ProbeSpec, data: FeatureSet, counts: Any) -> str:
    """Data, split, selection and seeds, which every number of the page carries."""
    validation = 0 if data.val is None else data.val.labels.size
    cut = "" if spec.ratio is None else f", cut to a ratio of {counts.max() / counts.min():.3g}"
    return (
        f"{plain(title_of(spec))}: {training_rows(spec, data):,} training rows of "
        f"{data.num_classes} classes ({counts.max():,} to {counts.min():,} a class{cut}). "
        f"Reported: {plain(protocol(spec, validation, data.test.labels.size))}."
    )


def draw_partly(spec: ProbeSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw means so far."""
    rows = [
        {
            "Method": SHORT_NAMES[name],
            **{
                SHORT_TITLES[metric]: seen.metrics.get(f"{name}/{metric}", float("nan"))
                for metric in columns_of(data)
            },
        }
        for name in spec.methods
    ]
    _draw(pd.DataFrame(rows), f"{PAGE}:partly")


def draw_table(spec: ProbeSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw the table of a comparison that has ended, and its file."""
    with st.spinner("Comparing row by row"):
        lines = _lines(seen.origin, spec, data, seen)
    _draw(shown_table(spec, lines, columns_of(data)), f"{PAGE}:table")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Table as CSV",
            lambda: whole_table(spec, lines).to_csv(index=False),
            file_name=f"probe-{spec.id}.csv",
            key=f"{PAGE}:csv",
            on_click="ignore",
        )
        caption(_remarks(spec))


@once
def _lines(of: Origin | None, _spec: ProbeSpec, _data: FeatureSet, _seen: Seen) -> list[Line]:
    """Scores, intervals and paired tests; up to seconds for many classes and methods."""
    return comparison(_spec, _seen.arrays, _data)


def columns_of(data: FeatureSet) -> tuple[MetricName, ...]:
    """Metrics shown: where test rows are as many of each class, All is the mean recall too."""
    even = np.ptp(np.bincount(data.test.labels)) == 0
    return tuple(name for name in SHORT_TITLES if not even or name != "balanced_accuracy")


def shown_table(
    spec: ProbeSpec, lines: list[Line], columns: tuple[MetricName, ...]
) -> pd.DataFrame:
    """One row a method; half widths of intervals where there are several seeds."""
    rows = []
    for line in lines:
        row: dict[str, Any] = {"Method": SHORT_NAMES[line.name]}
        for metric in columns:
            row[SHORT_TITLES[metric]] = line.scores[metric].mean
            if spec.seeds > 1 and metric != "worst_class":
                row[f"± {SHORT_TITLES[metric]}"] = _half(line.scores[metric])
        for other, title in _AGAINST.items():
            if other in spec.methods:
                found = line.against.get(other)
                row[title] = float("nan") if found is None else found.score.mean
                if spec.seeds > 1:
                    row[f"± {title}"] = float("nan") if found is None else _half(found.score)
                row[f"p {title}"] = float("nan") if found is None else found.p_value
        rows.append(row | {"Chosen": line.chosen})
    return pd.DataFrame(rows)


def whole_table(spec: ProbeSpec, lines: list[Line]) -> pd.DataFrame:
    """Everything known of each method, for a file; shares, not percent."""
    rows = []
    for line in lines:
        row: dict[str, Any] = {"method": line.name, "title": line.title}
        for metric, found in line.scores.items():
            row |= _columns(metric, found)
        for other, difference in line.against.items():
            row |= _columns(f"minus_{other}", difference.score)
            row[f"minus_{other}_p"] = difference.p_value
        row |= {"source": METHODS[line.name].source, "chosen": line.chosen}
        row |= {"metric": spec.metric, "selection": spec.selection, "seeds": spec.seeds}
        rows.append(row | {"first_seed": spec.seed, "data": spec.data, "ratio": spec.ratio})
    return pd.DataFrame(rows)


def _columns(name: str, found: Score) -> dict[str, float]:
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}


def _half(found: Score) -> float:
    return (found.high - found.low) / 2


def _draw(table: pd.DataFrame, key: str) -> None:
    numbers = [name for name in table.columns if name not in ("Method", "Chosen")]
    tests = [name for name in numbers if name.startswith("p ")]
    points = [name for name in numbers if name not in tests]
    shown = table.assign(**{name: 100 * table[name] for name in points})
    st.dataframe(
        shown,
        hide_index=True,
        height=min(_ROW_HEIGHT * (len(table) + 1) + 3, _MOST_HEIGHT),
        column_config={
            "Method": st.column_config.TextColumn(pinned=True),
            "Chosen": st.column_config.TextColumn(width=_CHOSEN_WIDTH),
            **{name: _column(name) for name in points},
            **dict.fromkeys(
                tests, st.column_config.NumberColumn("p", format="%.4f", width=66, help=_P_WORDS)
            ),
        },
        placeholder="n/a",
        key=key,
        alt="Methods with their scores on test rows, in percent.",
    )


def _column(name: str) -> Any:
    """A column of percent; half widths are narrow, differences have a sign."""
    if name.startswith("±"):
        return st.column_config.NumberColumn("±", format="%.1f", width=52, help=_HALF_WORDS)
    signed = name.startswith("−")
    return st.column_config.NumberColumn(format="%+.1f" if signed else "%.1f", width=76)


def _remarks(spec: ProbeSpec) -> str:
    parts = [
        "Percent of test rows. All: accuracy; Many: over 100 training rows, Few: under 20. "
        f"Differences, in {METRIC_TITLES[spec.metric].lower()}, are paired by seed; BS: balanced "
        "softmax."
    ]
    if spec.seeds > 1:
        parts.append(f"±: {_HALF_WORDS[0].lower()}{_HALF_WORDS[1:]}")
    missing = [SHORT_NAMES[name] for name in _AGAINST if name not in spec.methods]
    if missing:
        parts.append(f"Tick {' and '.join(missing)} to see differences to it.")
    return " ".join(parts)
