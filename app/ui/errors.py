"""Errors on pages: what a user can fix in one sentence, anything else with an id for the log."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from app.errors import UserError
from app.ui.text import plain

_log = logging.getLogger(__name__)


@contextmanager
def guarded() -> Iterator[None]:
    """Show a `UserError` as its sentence; log a bug under an id, show the id, and go on."""
    try:
        yield
    except UserError as error:
        st.error(plain(str(error)))
    except (RerunException, StopException):
        raise
    except Exception as error:
        script_failed(error)


def script_failed(error: Exception) -> bool:
    """Log a bug under an id and show the id.

    The server calls this for what no `guarded` caught, such as values of widgets that no
    browser sends; returns True, so that Streamlit shows nothing of its own.
    """
    name = secrets.token_hex(4)
    _log.error("Page error %s", name, exc_info=error)
    st.error(f"Sorry, this part failed. It is a bug; the log has it under {name}.")
    return True
