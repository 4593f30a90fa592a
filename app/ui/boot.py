"""What happens once per server process: how garbage is collected, and the warm-up.

Streamlit runs a full garbage collection after every rerun, with the interpreter locked. With
scikit-learn, numba and pandas loaded that walks over half a million objects which live as long
as the process: up to 0.3 s a rerun, shared by all sessions. `gc.freeze` takes what exists now
out of every later collection. At 20 sessions it cut the 95th percentile of a rerun from 8.1 s
to 27 ms.

What is left to walk still grows with sessions and kept figures: 7 ms of the 38 of a rerun of
`/boundaries` with one visitor. So the collection after every rerun is off (postScriptGC in
.streamlit/config.toml) and one every half minute takes its place.
"""

import ast
import gc
import logging
import os
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config, runtime

PAGES = Path(__file__).resolve().parents[2] / "pages"
# In the order in which a visitor comes to need them: figures and tables first, then the
# estimators and their kernels; what pages import beyond that comes after. Never torch or umap:
# they cost seconds, and only pages that train or embed need them.
WARM_UP_MODULES = (
    "plotly.graph_objects",
    "pandas",
    "scipy.special",
    "scipy.optimize",
    "sklearn.model_selection",
    "app.adjust.estimators",
    "app.ufm",
)

# What a session that has ended held is freed after this long.
COLLECT_SECONDS = 30.0

_lock = threading.Lock()
_started = False
_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def boot() -> None:
    """Freeze what the first page imported and start the warm-up; once per process."""
    keep_uploads_in_memory()
    _freeze()
    start_warm_up()


def keep_uploads_in_memory() -> None:
    """Keep the server from spooling what users upload to temporary files.

    Its form parser does so above one megabyte. What is uploaded is promised to stay in the
    memory of its session.
    """
    from starlette.formparsers import MultiPartParser

    MultiPartParser.spool_max_size = (config.get_option("server.maxUploadSize") + 1) * 2**20


def start_warm_up() -> threading.Thread | None:
    """Import in the background, once, what pages will need; return the thread if this began it.

    COLLAPSE_LAB_WARM_UP=0 in the environment leaves it out.
    """
    global _started
    with _lock:
        if _started or os.environ.get("COLLAPSE_LAB_WARM_UP") == "0":
            return None
        _started = True
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    threading.Thread(target=_collect_for_ever, name="collector", daemon=True).start()
    return thread


def _collect_for_ever() -> None:
    while True:
        time.sleep(COLLECT_SECONDS)
        if runtime.exists():
            try:
                expire_sessions()
            except Exception:
                # It reaches into Streamlit, which may change; collecting goes on.
                _log.exception("Sessions that are over could not be let go")
        gc.collect()


def expire_sessions() -> None:
    """Let go of the sessions whose visitors can no longer come back to them.

    Streamlit does so only when another session comes or goes: what a class has uploaded that
    left together would stay until the next visitor. The very last one's still does.
    """
    manager: Any = runtime.get_instance()._session_mgr
    manager._session_storage._cache.expire()


def warm_up_when_serving() -> None:
    """Start the warm-up as soon as the server answers, ahead of the first visitor."""

    def wait() -> None:
        while not runtime.exists():
            time.sleep(0.02)
        start_warm_up()

    threading.Thread(target=wait, name="warm-up-waits", daemon=True).start()


def _warm_up() -> None:
    try:
        for name in (*WARM_UP_MODULES, *page_modules()):
            import_module(name)
        for name in ("app.adjust", "app.ufm"):
            import_module(name).warm_up()
    except Exception:
        # Pages import what they need themselves: a failed warm-up costs time, nothing else.
        _log.exception("The warm-up failed")
    # `boot` froze before these modules were there. What visitors hold at this moment is frozen
    # with them: if it is ever part of a reference cycle it stays, once, a few megabytes at most.
    _freeze()
    _precompute()


def page_modules() -> tuple[str, ...]:
    """Return the modules of this app that the pages import, page after page."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PAGES.glob("*.py")))
    nodes = (node for tree in trees for node in tree.body if isinstance(node, ast.ImportFrom))
    return tuple(dict.fromkeys(node.module for node in nodes if node.module is not None))


def _precompute() -> None:
    """Compute what a slider of `/boundaries` would otherwise wait for, piece by piece."""
    from app.ui.boundary_charts import warm_up

    began = time.thread_time()
    for _ in warm_up():
        time.sleep(3 * (time.thread_time() - began))  # visitors come first
        began = time.thread_time()


def _freeze() -> None:
    gc.collect()  # first, or garbage that is waiting for collection would be kept for ever
    gc.freeze()
