"""Files that cannot be used, hostile names, and a bug of ours."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from app.adjust import compare
from app.ui.text import plain
from tests.pages.tune.page import (
    MINE,
    assert_agrees,
    charts,
    has_table,
    npz,
    opened,
    sentences,
    upload,
    uploaded,
    words,
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pickle.npy", b"\x80\x04K\x01."),
        ("page.csv", b"<!doctype html><html><body>Not found</body></html>"),
        ("empty.npz", b""),
        ("cut.npz", npz()[:300]),
        ("text.parquet", b"hello"),
        ("nan.npz", npz(logits=np.full((80, 4), np.nan))),
        ("zero.npz", npz(class_counts=np.array([500, 120, 40, 0]))),
        ("<b>**bold**</b>.npz", b"nonsense"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_in_one_sentence_and_a_good_one_works_next(name, content):
    app = uploaded(content, name, samples="20")
    (error,) = app.error
    assert error.value.startswith(plain(name)[:12])
    assert "Traceback" not in error.value
    assert not has_table(app)
    upload(app)
    assert not app.error
    assert_agrees(app, MINE)


def test_a_bad_file_does_not_leave_the_last_good_one_in_force():
    app = upload(uploaded(samples="20"), b"nonsense", "bad.npz")
    assert len(app.error) == 1
    assert not has_table(app)


def test_a_bug_shows_an_apology_and_its_details_go_to_the_log(monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("secret of the server")

    monkeypatch.setattr(compare.Comparison, "line", broken)
    app = opened()
    app.file_uploader[0].set_value(("mine.npz", npz(), ""))
    app.run()
    (error,) = app.error
    assert error.value.startswith("Sorry")
    assert "secret" not in "".join(sentences(app))
    (record,) = (r for r in caplog.records if r.name == "app.ui.errors")
    assert re.search(r"[0-9a-f]{8}", error.value)[0] in record.message
    assert "secret of the server" in str(record.exc_info[1])
    assert {b.key for b in app.button} >= {"tune:present"}


HOSTILE = (
    "<script>alert(1)</script>",
    "**bold** [x](http://x.y)",
    "=cmd|'/c calc'!A1",
    "$x$ :red[y]",
)


def test_hostile_class_names_are_text_everywhere(downloads):
    app = uploaded(npz(class_names=np.array(HOSTILE), labels=np.arange(80) % 3), samples="20")
    (warning,) = app.warning
    assert plain(HOSTILE[3]) in warning.value
    for proto in charts(app).values():
        assert "<script>" not in json.dumps(json.loads(proto.spec)["data"])
    rows = pd.read_csv(io.StringIO(downloads["predictions.csv"]()))
    assert set(rows["label"]) == {HOSTILE[0], HOSTILE[1], f"'{HOSTILE[2]}"}
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in rows.to_numpy().flat)


def test_a_hostile_file_name_is_text_in_the_page_and_a_comment_in_the_code(downloads):
    name = '"""\nimport os # **x**.npz'
    app = uploaded(name=name, samples="20")
    assert "**x**" not in words(app)
    for file_name in ("mla_numpy.py", "mla_pytorch.py", "mla_estimator.py"):
        code = downloads[file_name]()
        compile(code, file_name, "exec")
        assert not re.search(r"^import os", code, re.MULTILINE)
