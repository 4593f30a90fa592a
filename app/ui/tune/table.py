"""The comparison of adjusters as a table."""

import pandas as pd
import streamlit as st

from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Line
from app.adjust.metrics import METRIC_TITLES, SHORT_TITLES
from app.adjust.protocol import Protocol
from app.tune import TuneSpec, chosen_by_hand, line_record
from app.ui.glossary import caption
from app.ui.text import plain
from app.ui.tune.words import judged_words

_SYMBOLS = {"gamma": "γ", "tau": "τ", "temperature": "T"}


def draw_table(spec: TuneSpec, found: list[Line], chosen: Line | None, protocol: Protocol) -> None:
    """Held-out values of every adjuster, sortable, and as CSV; one chosen by hand comes last."""
    st.subheader("Comparison, held out" if spec.judge != "same" else "Comparison", anchor=False)
    caption(f"{protocol.sentence[0].upper()}{protocol.sentence[1:]}.")
    table = comparison_table(found if chosen is None else [*found, chosen])
    points = st.column_config.NumberColumn(format="%.1f %%", width="small")
    shown = table.assign(**{title: 100 * table[title] for title in SHORT_TITLES.values()})
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            **dict.fromkeys(SHORT_TITLES.values(), points),
            "NLL": st.column_config.NumberColumn(
                format="%.3f", help="Mean negative log-likelihood of the softmax of the scores."
            ),
            "ECE": st.column_config.NumberColumn(
                format="%.3f", help="Expected calibration error, 15 bins (Guo et al. 2017)."
            ),
            "p": st.column_config.NumberColumn(
                format="%.4f",
                help=f"Paired randomisation test of {METRIC_TITLES[spec.metric]} against raw, "
                "two-sided, 9,999 draws (1,999 beyond 200 classes).",
            ),
            "95 % interval": st.column_config.TextColumn(
                help="Where the parameter falls when the tuning data are resampled within classes."
            ),
        },
        placeholder="n/a",
        key="tune:table",
        alt="Adjusters with their tuned parameters and held-out metrics.",
    )
    if any(line.name == "tau-norm" for line in found):
        caption("tau-norm drops the bias: even at tau = 0 it is not the raw classifier.")
    if chosen is not None:
        caption(
            f"The last line is the value chosen by you, on {judged_words(spec, chosen.rows.size)}. "
            "Choosing it by these numbers is tuning on them: it has no p, and what to report is "
            "the tuned value."
        )
    for line in found:
        if line.note:
            caption(f"{ADJUSTERS[line.name].title}: {plain(line.note)}.")
    st.download_button(
        "Table as CSV",
        lambda: table.to_csv(index=False),
        file_name="comparison.csv",
        key="tune:table_csv",
        on_click="ignore",
    )


def comparison_table(found: list[Line]) -> pd.DataFrame:
    """One row an adjuster; undefined values are missing."""
    rows = []
    for line in found:
        record, own = line_record(line), ", by hand" if chosen_by_hand(line) else ""
        interval = record["bootstrap_95"]
        rows.append(
            {
                "Adjuster": f"{record['title']}{own}",
                "Parameter": ", ".join(
                    f"{_SYMBOLS[name]} = {value:.3f}" for name, value in line.parameters.items()
                ),
                "95 % interval": interval and f"{interval[0]:.2f} to {interval[1]:.2f}",
                **{title: record[m] for m, title in SHORT_TITLES.items()},
                "NLL": record["nll"],
                "ECE": record["ece"],
                "p": record["p_value"],
            }
        )
    table = pd.DataFrame(rows)
    numbers = [*SHORT_TITLES.values(), "NLL", "ECE", "p"]
    return table.astype(dict.fromkeys(numbers, float))
