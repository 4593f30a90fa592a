"""Photograph every page: `make shots`, or `make shots ARGS="/tune?data=fashion-lt"`.

Each address (all of the page table, if none is given) is shot at two widths, light and dark,
and once more as it is projected (?view=teach), into shots/<page>-<width>-<mode>[-teach].png.
`make shots ARGS=--readme` retakes the pictures of the README instead, docs/<page>.png.
"""

import io
import itertools
import tempfile
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import click
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.serving import ROOT, serving

FOLDER = ROOT / "shots"
WIDTHS = (1400, 800)
MODES = ("light", "dark")
README_FOLDER = ROOT / "docs"
# Address and height of each picture of the README.
README_PICTURES = {
    "start": ("/", 860),
    "learn": ("/learn?step=3", 900),
    "boundaries": ("/boundaries?scene=learned", 980),
    "collapse": ("/collapse?preset=seli-10", 1130),
    "minority": ("/minority", 1010),
    "centers": ("/centers", 1100),
    "probe": ("/probe", 1100),
    "tune": ("/tune?data=fashion-lt", 1300),
    "compare": ("/compare", 1000),
    "papers": ("/papers", 900),
}


@click.command()
@click.option("--readme", is_flag=True, help="Retake the pictures of the README.")
@click.argument("addresses", nargs=-1)
def main(readme: bool, addresses: tuple[str, ...]) -> None:
    """Shoot the given addresses, such as "/tune?data=fashion-lt", or every page."""
    path = chromium.find()
    if path is None:
        raise click.ClickException(chromium.MISSING)
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log.txt") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        if readme:
            for name, (address, height) in README_PICTURES.items():
                _shoot_for_readme(browser, urljoin(server.url, address), name, height)
        else:
            for address in addresses or _page_table(browser, server.url):
                _shoot(browser, urljoin(server.url, address))
        browser.close()


def _page_table(browser: Browser, url: str) -> list[str]:
    """Return the paths that the app's own navigation links to."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(url)
    links = page.get_by_test_id("stTopNavLink").or_(page.get_by_test_id("stSidebarNavLink"))
    links.first.wait_for()
    paths = [urlsplit(link.get_attribute("href") or "").path or "/" for link in links.all()]
    page.close()
    return list(dict.fromkeys(paths))


def _shoot(browser: Browser, url: str) -> None:
    name = urlsplit(url).path.strip("/").replace("/", "-") or "start"
    for width, mode, teach in itertools.product(WIDTHS, MODES, (False, True)):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if mode == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(_with_teach(url) if teach else url)
        settle(page)
        _grow_to_content(page)
        file = FOLDER / f"{name}-{width}-{mode}{'-teach' if teach else ''}.png"
        page.screenshot(path=file)
        click.echo(file.relative_to(ROOT))
        context.close()


def _shoot_for_readme(browser: Browser, url: str, name: str, height: int) -> None:
    """The top of a page, in few colours: a picture of the README is loaded by everyone."""
    context = browser.new_context(
        viewport={"width": WIDTHS[0], "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    settle(page)
    page.get_by_role("button", name="Stop").wait_for(state="detached", timeout=60_000)
    page.wait_for_timeout(3000)  # a run that is played reaches its end
    settle(page)
    file = README_FOLDER / f"{name}.png"
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(128).save(file, optimize=True)
    click.echo(file.relative_to(ROOT))
    context.close()


def _with_teach(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}view=teach"


def settle(page: Page) -> None:
    """Wait until the app has run, nothing is stale or loading, and fonts are there."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for()
    busy = "[data-testid=stStatusWidget], [data-stale=true], [data-testid=stSkeleton]"
    page.wait_for_function("busy => !document.querySelector(busy)", arg=busy)
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.wait_for_timeout(300)  # charts lay themselves out once more after their last message


def _grow_to_content(page: Page) -> None:
    """Make the window as high as the page, which scrolls inside the window."""
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    size = page.viewport_size
    if size and height > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": min(height, 8000)})
        page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
