"""The code of the comparison runs, and the code beside every figure makes it."""

import pytest

from app.ui.probe.code import python_code
from tests.pages.probe.page import ASKED, opened
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts


def test_the_code_on_the_page_runs(capsys):
    exec(compile(python_code(ASKED, own=False), "page", "exec"), {})
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    assert "Balanced softmax" in out
    assert "read_features" in python_code(ASKED, own=True)


@pytest.mark.parametrize(
    "query",
    [
        {"methods": "stage1,balanced-softmax,posthoc-la", "learning_rates": "0.01,0.1"},
        {"methods": "lort", "projection": "umap", "color": "class", "ratio": "20"},
        {"methods": "stage1,disalign", "color": "group", "look": "medium", "seeds": "2"},
    ],
)
def test_the_code_of_every_figure_makes_it(query, tmp_path, monkeypatch):
    app = opened(epochs="1", batch_size="512", **query)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == shown.keys()
    assert ("probe-sensitivity-balanced-softmax" in shown) == ("learning_rates" in query)
    for name, code in scripts.items():
        assert_same_figure(made_by(code, tmp_path, monkeypatch), shown[name])
