"""The web server that `python -m app serve` starts: Streamlit's, behind `app.ui.gate`."""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from app.ui.errors import script_failed
from app.ui.gate import Gate
from app.ui.modules import script_route

# Streamlit looks for this very line to find out that it is a server and no page.
app = App(
    Path(__file__).with_name("main.py"),
    routes=[script_route()],
    middleware=[Middleware(Gate)],
    on_script_error=script_failed,
)
