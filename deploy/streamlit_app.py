"""`streamlit run deploy/streamlit_app.py`: for hosts that start an app in no other way.

As `python -m app serve`, without what it checks first. Such a host installs requirements.txt.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from starlette.middleware import Middleware  # noqa: E402
from streamlit.starlette import App  # noqa: E402

from app.ui.boot import warm_up_when_serving  # noqa: E402
from app.ui.errors import script_failed  # noqa: E402
from app.ui.gate import Gate  # noqa: E402
from app.ui.modules import script_route  # noqa: E402

warm_up_when_serving()
# Streamlit looks for this very line to find out that it is a server and no page.
app = App(
    ROOT / "app" / "main.py",
    routes=[script_route()],
    middleware=[Middleware(Gate)],
    on_script_error=script_failed,
)
