"""What is no user's fault: an id on the page, everything else in the log."""

import logging
import re

from app.ui import errors


def test_a_bug_shows_an_id_and_nothing_of_the_trace(monkeypatch, caplog):
    shown = []
    monkeypatch.setattr(errors.st, "error", shown.append)
    # True, or Streamlit would show it too.
    assert errors.script_failed(TypeError("/home/somebody/secret.py, token 123"))
    [sentence] = shown
    id = re.search(r"under ([0-9a-f]{8})\.$", sentence)[1]
    assert "secret" not in sentence
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert id in record.getMessage()
    assert record.exc_info[0] is TypeError
