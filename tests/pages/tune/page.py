"""The page /tune as a user meets it, without a browser."""

import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.adjust.metrics import SHORT_TITLES
from app.data import read_upload
from app.tune import comparison, report
from tests.definitions import without_definitions

MAIN = Path(__file__).resolve().parents[3] / "app" / "main.py"
SAMPLE = "fashion-lt"
COUNTS = (500, 120, 40, 10)
NAMES = ("cat", "dog", "fox", "owl")


def arrays(**changes):
    """A classifier that favours head classes; a change to None leaves an array out."""
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    logits = rng.normal(size=(80, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1] + 2
    weights = rng.normal(size=(4, 6)) * np.array([[2], [1.5], [1], [0.5]])
    found = {
        "logits": logits,
        "labels": labels,
        "class_counts": np.array(COUNTS),
        "class_names": np.array(NAMES),
        "split": np.array(["tune", "judge"])[np.arange(80) // 4 % 2],
        "weights": weights,
    }
    return {k: v for k, v in (found | changes).items() if v is not None}


def npz(**changes):
    out = io.BytesIO()
    np.savez(out, **arrays(**changes))
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def opened(**query):
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    app.switch_page("../pages/tune.py")
    app.query_params.update(query)
    return checked(app.run())


def checked(app):
    """The app after a run, with nothing on it that is our fault."""
    assert not app.exception, app.exception
    assert not [e.value for e in app.error if e.value.startswith("Sorry")]
    return app


def upload(app, content=None, name="mine.npz", place=0):
    content = npz() if content is None else content
    app.file_uploader[place].set_value((name, content, "application/octet-stream"))
    return checked(app.run())


def uploaded(content=None, name="mine.npz", **query):
    return upload(opened(**query), content, name)


def change(app, **values):
    """Set controls of settings by the name of their field."""
    widgets = [*app.selectbox, *app.number_input, *app.toggle, *app.button_group]
    by_key = {w.key: w for w in widgets}
    for name, value in values.items():
        by_key[f"tune.{name}"].set_value(value)
    return checked(app.run())


def spec_of(app):
    return app.session_state["tune:spec"]


def tables(app):
    return [d.value for d in app.dataframe if "Adjuster" in d.value]


def frame(app):
    """The comparison as it is shown, shares in per cent."""
    (found,) = tables(app)
    return found


def has_table(app):
    return bool(tables(app))


def charts(app):
    return {c.key: c.proto for c in app.get("plotly_chart")}


def sentences(app):
    return [e.value for kind in (app.error, app.warning, app.info) for e in kind]


def words(app):
    """Everything the page says in prose."""
    shown = "\n".join(e.value for kind in (app.markdown, app.caption) for e in kind)
    return without_definitions(shown)


def live(app):
    """What the live curves were given."""
    (component,) = (c.proto for c in app.get("bidi_component") if c.key == "tune:live")
    return json.loads(component.json)


def release(app, value, focus="mla"):
    """Let the slider of the live curves go at a value, as the browser reports it."""
    app.session_state["tune:committed"] = {"focus": focus, "value": value}
    return checked(app.run())


def link(app):
    (component,) = (c.proto for c in app.get("bidi_component") if c.key == "tune:copy")
    return dict(parse_qsl(urlsplit(json.loads(component.json)["link"]).query, True))


def expected_lines(data, spec):
    work = comparison(data, spec)
    names = tuple(n for n in spec.adjusters if work.available(n))
    return list(
        work.lines(
            names,
            spec.metric,
            (spec.low, spec.high),
            judge=spec.judge,
            folds=spec.folds,
            seed=spec.seed,
            samples=spec.samples,
        )
    )


def assert_table(table, records):
    """The table's numbers are those of a report's records."""
    assert table["Adjuster"].tolist() == [r["title"] for r in records]
    for metric, title in SHORT_TITLES.items():
        values = [np.nan if r[metric] is None else 100 * r[metric] for r in records]
        np.testing.assert_allclose(table[title], values, rtol=1e-12)
    for column, name in (("NLL", "nll"), ("ECE", "ece"), ("p", "p_value")):
        values = [np.nan if r[name] is None else r[name] for r in records]
        np.testing.assert_allclose(table[column], values, rtol=1e-12)
    for text, record in zip(table["Parameter"], records, strict=True):
        shown = [float(number) for number in re.findall(r"= (-?[\d.]+)", text)]
        assert shown == pytest.approx(list(record["parameters"].values()), abs=5.1e-4)


def assert_agrees(app, data):
    spec = spec_of(app)
    assert_table(frame(app), report(data, spec, expected_lines(data, spec))["adjusters"])


MINE = read_upload(io.BytesIO(npz()), "mine.npz")
