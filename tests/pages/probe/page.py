"""The page /probe as a user meets it, without a browser."""

import io
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from app.probe import ProbeSpec
from tests.definitions import without_definitions

MAIN = Path(__file__).resolve().parents[3] / "app/main.py"
METHOD_NAMES = ("stage1", "balanced-softmax", "posthoc-la", "lort")
TINY = {"methods": ",".join(METHOD_NAMES), "epochs": "2", "batch_size": "256"}
ASKED = ProbeSpec(methods=METHOD_NAMES, epochs=2, batch_size=256)


def raw(**query):
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.switch_page("../pages/probe.py")
    app.query_params.update(query)
    return app.run()


def opened(**query):
    return checked(raw(**(TINY | query)))


def checked(app):
    assert not app.exception, app.exception
    assert not app.error, [e.value for e in app.error]
    return app


def spec_of(app):
    return app.session_state["probe:spec"]


def texts(app):
    shown = " ".join(e.value for kind in (app.markdown, app.caption) for e in kind)
    return without_definitions(shown)


def frame(app):
    (found,) = (d.value for d in app.dataframe if "Method" in d.value)
    return found.set_index("Method")


def charts(app):
    return {c.key for c in app.get("plotly_chart")}


def control(app, key):
    widgets = [*app.selectbox, *app.number_input, *app.select_slider, *app.button_group]
    return {w.key: w for w in [*widgets, *app.text_input]}[f"probe.{key}"]


def npz(data, **changes):
    out = io.BytesIO()
    arrays = {
        "train_features": data.train.features,
        "train_labels": data.train.labels,
        "test_features": data.test.features,
        "test_labels": data.test.labels,
    }
    np.savez(out, **(arrays | changes))
    return out.getvalue()
