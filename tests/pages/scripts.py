"""Scripts that pages show beside their figures, run and compared with what the page shows."""

import json
import re
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.table import decoded
from app.ui.chart import LABEL

_FILE = re.compile(r'write_html\("([^"]+)\.html"\)\n?$')


def shown_figures(at) -> dict[str, dict[str, Any]]:
    """Figures of a page by their names, which are their keys with hyphens, as Plotly's JSON.

    Plotly checks them: what it does not know or allow is a ValueError.
    """
    charts = (chart.proto for chart in at.get("plotly_chart"))
    figures = {_name(chart.id): json.loads(chart.spec) for chart in charts}
    for figure in figures.values():
        go.Figure(figure)
    return figures


def opened(at):
    """The page with every "Data and code" open."""
    for block in at.get("popover"):
        if block.proto.popover.label == f":small[{LABEL}]":
            at.session_state[_key(block.proto.id)] = True
    return at.run()


def shown_scripts(at) -> dict[str, str]:
    """Scripts of figures by the names of the figures; opens what shows them."""
    opened(at)
    found = {match[1]: code.value for code in at.code if (match := _FILE.search(code.value))}
    assert len(found) == sum(bool(_FILE.search(code.value)) for code in at.code)
    return found


def made_by(code: str, folder, monkeypatch) -> go.Figure:
    """Run a script in a folder, and return the figure that it has written there."""
    written = []
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(go.Figure, "write_html", lambda figure, file: written.append(figure))
        exec(compile(code, "script.py", "exec"), {"__name__": "__main__"})
    (figure,) = written
    return figure


def assert_same_figure(made: go.Figure, shown: dict[str, Any], rtol: float = 1e-6) -> None:
    """Compare all but the template, which is Streamlit's on its pages."""
    found = json.loads(made.to_json())
    for figure in (found, shown):
        figure["layout"] = {k: v for k, v in figure["layout"].items() if k != "template"}
    _assert_same(found, shown, rtol, "figure")


def _assert_same(found: Any, expected: Any, rtol: float, where: str) -> None:
    if isinstance(expected, dict) and "bdata" not in expected:
        assert isinstance(found, dict), where
        assert found.keys() == expected.keys(), where
        for name, value in expected.items():
            _assert_same(found[name], value, rtol, f"{where}.{name}")
    elif isinstance(expected, dict):
        a, b = decoded(found).astype(float), decoded(expected).astype(float)
        scale = np.abs(b[np.isfinite(b)]).max(initial=1e-12)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale, err_msg=where)
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, value in enumerate(expected):
            _assert_same(found[number], value, rtol, f"{where}[{number}]")
    elif isinstance(expected, float):
        assert np.isclose(found, expected, rtol=rtol, atol=rtol), where
    else:
        assert found == expected, where


def _name(id: str) -> str:
    return _key(id).replace(":", "-")


def _key(id: str) -> str:
    """What stands after the hash."""
    return id.split("-", 2)[2]
