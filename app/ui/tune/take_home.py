"""Code, numbers and predictions to take away from /tune."""

import json

import pandas as pd
import streamlit as st

from app.adjust.adjusters import score_function
from app.adjust.compare import Comparison, Line
from app.adjust.judge import judge_rows
from app.adjust.protocol import Protocol
from app.data import Upload
from app.tune import TuneSpec, class_labels, estimator_code, numpy_code, origin, report, torch_code
from app.ui.tune.words import ADJUSTER_WORDS, named

_SPREADSHEET_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def draw_take_home(
    upload: Upload,
    spec: TuneSpec,
    work: Comparison,
    found: list[Line],
    line: Line,
    chosen: Line | None,
    protocol: Protocol,
) -> None:
    """Draw the code of an adjuster, tuned or chosen by hand, and the downloads."""
    line, title = chosen or line, named(chosen or line)
    st.subheader(f"Take {title} home", anchor=False)
    comment = origin(upload.name, spec, line, protocol.sentence)
    codes = {
        "NumPy": numpy_code(line.name, line.parameters, work.setup, comment),
        "PyTorch": torch_code(line.name, line.parameters, work.setup, comment),
        "Estimator": estimator_code(line.name, line.parameters, work.setup, comment),
    }
    for tab, code in zip(st.tabs(list(codes)), codes.values(), strict=True):
        tab.code(code, language="python", height=360 if code.count("\n") > 16 else "content")
    with st.container(horizontal=True, gap="small"):
        for kind, code in codes.items():
            st.download_button(
                f"{kind} code",
                code,
                file_name=f"{line.name}_{kind.lower()}.py",
                key=f"tune:code:{kind}",
                on_click="ignore",
            )
        st.download_button(
            "All numbers as JSON",
            lambda: json.dumps(report(upload, spec, found, chosen), indent=1, allow_nan=False),
            file_name="tuning.json",
            key="tune:json",
            on_click="ignore",
        )
        st.download_button(
            f"Predictions of {ADJUSTER_WORDS[line.name]} as CSV",
            lambda: predictions_csv(upload, work, line),
            file_name="predictions.csv",
            key="tune:predictions",
            on_click="ignore",
            help="Every row of the file, with the parameters in the code above.",
        )


def predictions_csv(upload: Upload, work: Comparison, line: Line) -> str:
    """Raw and adjusted prediction of every row the adjuster works on."""
    rows = work.rows(line.name)
    names = [_safe(name) for name in class_labels(upload)]
    columns: dict[str, object] = {"row": rows, "label": [names[k] for k in work.labels[rows]]}
    for name, parameters in (("raw", {}), (line.name, line.parameters)):
        scores = score_function(name, work.setup, parameters)
        found = judge_rows(work.logits, work.labels, rows, scores, probabilistic=False)
        columns[name] = [names[k] for k in found.predictions]
    return pd.DataFrame(columns).to_csv(index=False)


def _safe(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_SPREADSHEET_FORMULA) else name
