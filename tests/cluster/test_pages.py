"""Pages of a server whose operator has a cluster."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.cluster import VARIABLE, cluster_at
from app.ui.minority import watching
from tests.pages.own_store import own_store

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"


@pytest.fixture(autouse=True)
def _own_store(tmp_path):
    with own_store(tmp_path):
        yield


@pytest.fixture(autouse=True)
def nothing_is_solved_here(monkeypatch):
    """Workers are other processes, which do not notice."""

    def refused(*_):
        raise AssertionError("this was to be computed on the cluster")

    monkeypatch.setattr("app.ufm.sweep.measure", refused)
    monkeypatch.setattr("app.probe.trainer.Trainer.advance", refused)


def opened(page, **query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page(f"../pages/{page}.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return app


def texts(app):
    return " ".join(m.value for m in [*app.markdown, *app.caption])


def test_a_sweep_is_solved_on_the_workers(lab, monkeypatch):
    monkeypatch.setenv(VARIABLE, lab.address)
    monkeypatch.setattr(watching, "_WAIT_SECONDS", 30.0)
    app = opened("minority", size="6", classes="4")
    assert not app.error, [e.value for e in app.error]
    assert "In 36 of 36 cells measurement and theory agree." in texts(app)
    cluster_at(lab.address).close()


def test_a_comparison_is_trained_on_the_workers(lab, monkeypatch):
    monkeypatch.setenv(VARIABLE, lab.address)
    app = opened("probe", data="digits-lt", methods="stage1,ce", epochs="1", seeds="2")
    assert not app.error, [e.value for e in app.error]
    job = app.session_state["probe:held"].job
    assert job.wait(60) == "done"
    assert job.run.metrics["ce/balanced_accuracy"] > 0.5
    cluster_at(lab.address).close()


def test_a_scheduler_that_is_not_there_is_one_sentence(monkeypatch):
    address = "tcp://127.0.0.1:1"
    monkeypatch.setenv(VARIABLE, address)
    monkeypatch.setattr("app.cluster.cluster._CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(watching, "_WAIT_SECONDS", 30.0)
    app = opened("minority", size="7", classes="4")
    [error] = app.error
    assert error.value.startswith("no scheduler answered at ")
