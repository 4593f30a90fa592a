"""Scripts of the components: modules that a browser loads once, by address.

Streamlit sends the script of a component with each of its messages. What it gets here is a loader
of a few lines; the script itself has an address of its own, under which the browser keeps it.
"""

import hashlib
import json
from string import Template

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.url_util import make_url_path

from app.ui.bundle import ASSETS

FOLDER = "assets"
_SCRIPTS = {
    path.relative_to(ASSETS).as_posix(): path.read_bytes() for path in sorted(ASSETS.rglob("*.js"))
}
DIGEST = hashlib.sha256(repr(_SCRIPTS).encode()).hexdigest()[:16]
"""Of all scripts, within the address of each: another version is never taken for this one."""
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}
_LOST = {"cache-control": "no-store"}

# The address is relative to the page's, as those of Streamlit's own files are, and so holds below
# any path. Of data that come while the script is loading only the newest are drawn: Streamlit may
# have older ones drawn first and then disposes of their picture, which by then is the newest's.
# Where a script does not arrive, Streamlit alone would show a stack trace until the page is left.
_LOADER = Template("""\
const address = new URL($address, document.baseURI);
export default async (component) => {
  const root = component.parentElement;
  const note = document.createElement("p");
  const wanted = () => root.isConnected && root.newest === component;
  let loaded;
  root.newest = component;
  for (let pause = 1000; wanted() && !loaded; pause = Math.min(2 * pause, 30000)) {
    loaded = await import(address).catch(console.warn);
    if (loaded) break;
    note.textContent = "This part of the page could not be loaded yet; trying again.";
    root.append(note);
    await new Promise((wake) => setTimeout(wake, pause));
  }
  note.remove();
  return wanted() ? loaded.default(component) : undefined;
};
""")


def loader(name: str) -> str:
    """Return the inline script of a component whose default export is in a file of the assets.

    Raises
    ------
    KeyError
        If there is no such script.
    """
    if name not in _SCRIPTS:
        raise KeyError(f"no script {name} in the assets")
    return _LOADER.substitute(address=json.dumps(f"{FOLDER}/{DIGEST}/{name}"))


def script_route() -> Route:
    """Return the route that serves the scripts, for the web server."""
    base = config.get_option("server.baseUrlPath")
    return Route(make_url_path(base, f"{FOLDER}/{{path:path}}"), _serve)


async def _serve(request: Request) -> Response:
    digest, _, name = request.path_params["path"].partition("/")
    content = _SCRIPTS.get(name) if digest == DIGEST else None
    if content is None:
        return PlainTextResponse("Not Found", 404, headers=_LOST)
    return Response(content, media_type="text/javascript", headers=_KEPT)
