"""What starts the app stays light: heavy modules come where they are used, never before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

OPEN_PAGE = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app/main.py", default_timeout=60).run()
if {page!r} != "start.py":
    app = app.switch_page("../pages/{page}").run()
assert not app.exception, app.exception
assert app.title, "the page shows no title"
"""


def loaded_after(code: str, *suspects: str) -> set[str]:
    """Run `code` in a fresh interpreter without the warm-up; return which suspects it imported."""
    tail = f"import sys; print('loaded:', *(set({suspects!r}) & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{code}\n{tail}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLLAPSE_LAB_WARM_UP": "0"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("page", ["start.py", "tune.py"])
def test_first_paint_needs_nothing_heavy(page):
    heavy = ("torch", "umap", "sklearn")
    assert loaded_after(OPEN_PAGE.format(page=page), *heavy) == set()


@pytest.mark.parametrize("module", ["app.theory", "app.adjust", "app.longtail", "app.data"])
def test_the_library_knows_no_pages_and_no_training(module):
    heavy = ("streamlit", "plotly", "torch", "umap")
    assert loaded_after(f"import {module}", *heavy) == set()


def test_the_warm_up_imports_neither_torch_nor_umap():
    code = "from app.ui.boot import _warm_up; _warm_up()"
    heavy = ("torch", "umap", "sklearn.base", "plotly.graph_objects")
    assert loaded_after(code, *heavy) == {"sklearn.base", "plotly.graph_objects"}


def test_the_command_line_answers_without_streamlit():
    code = "from app.cli import app; app(['--help'], standalone_mode=False)"
    assert loaded_after(code, "streamlit", "numpy", "plotly", "torch") == set()
