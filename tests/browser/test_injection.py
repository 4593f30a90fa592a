"""Text from files and addresses is shown as text everywhere: nothing of it becomes markup."""

import ast
import csv
import io
import re
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import expect

from app.runs.file import run_bytes
from app.runs.run import Run
from app.ufm import UFMSpec, solve
from app.ui.gate import HEADERS
from tests.browser.shots import settle

pytestmark = pytest.mark.browser

# Marked, so that whatever becomes an element can be found by its id, class or address.
PAYLOADS = (
    "<img src=x id=pwned onerror=alert(1)>",
    "<script id=pwned>alert(2)</script>",
    "</script><script>alert(3)</script>",
    '"><svg id=pwned onload=alert(4)>',
    "<a href='http://pwned.invalid/'>link</a>",
    "<b class=pwned>bold</b>",
    "[link](http://pwned.invalid/) ![x](http://pwned.invalid/x.png)",
    '=HYPERLINK("http://pwned.invalid/")',
    "'); import os; os.abort() #",
    "\"\"\"''' + {0} %s \\",
    "$x^2$ :red[red] :material/home:",
    "javascript:alert(5)",
)
ADDRESS = "/tune?judge=same&samples=200&view=&look={look}"
FOUND = """() => [...document.querySelectorAll("#pwned, .pwned, [onerror], [onload]")]
    .concat([...document.querySelectorAll("a, img, script, iframe, object, embed")].filter(
        e => ["href", "xlink:href", "src"].some(
            name => /^javascript:|pwned.invalid/.test(e.getAttribute(name) ?? ""))))
    .map(e => e.outerHTML.slice(0, 200))"""


def hostile_npz():
    """Logits whose classes are called by the payloads."""
    rng = np.random.default_rng(0)
    count = len(PAYLOADS)
    labels = np.arange(30 * count) % count
    logits = rng.normal(size=(labels.size, count)) + 1.5 * np.eye(count)[labels]
    counts = np.geomspace(500, 5, count).astype(int)
    out = io.BytesIO()
    np.savez(
        out,
        logits=logits.astype(np.float32),
        labels=labels,
        class_counts=counts,
        class_names=np.array(PAYLOADS),
    )
    return out.getvalue()


@pytest.fixture
def watched(open_page):
    """Open pages on which a dialog is a failure."""
    dialogs = []

    def open_one(path, **options):
        page = open_page(path, **options)
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        return page

    yield open_one
    assert not dialogs


def see_no_element(page):
    settle(page)
    assert page.evaluate(FOUND) == []


def drop(page, name, content):
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").first.set_input_files(file)


def test_class_names_and_file_names_are_text_on_the_page_and_in_what_it_gives(watched, tmp_path):
    page = watched("/tune?judge=same&samples=200", viewport={"width": 1400, "height": 5000})
    page.set_default_timeout(60_000)
    drop(page, "<img src=x id=pwned onerror=alert(1)>');import os;os.abort()#.npz", hostile_npz())
    expect(page.get_by_text("360 samples, 12 classes")).to_be_visible(timeout=60_000)
    home = page.get_by_role("heading", name=re.compile("Take .* home"))
    expect(home).to_be_visible(timeout=60_000)
    page.get_by_text("The samples fixed and broken").click()
    expect(page.get_by_text("Wrong both times")).to_be_visible(timeout=60_000)
    see_no_element(page)
    charts = page.locator(".js-plotly-plot")
    assert charts.count() >= 2
    for chart in charts.all():
        if (box := chart.bounding_box()) is not None:
            for x in (0.3, 0.6, 0.9):  # what is written at the pointer is made there and then
                page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.6 * box["height"])
    see_no_element(page)
    save_all(page, page.get_by_test_id("stMain"), tmp_path)
    page.get_by_role("button", name="Data and code").first.click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu.get_by_role("button", name="Figure (.html)")).to_be_visible()
    save_all(page, menu, tmp_path)
    see_no_code(page, tmp_path)


def see_no_code(page, folder):
    """Files that were saved run nothing: scripts, tables in a spreadsheet, figures in a browser."""
    saved = {suffix: list(folder.glob(f"*{suffix}")) for suffix in (".py", ".csv", ".html")}
    assert all(saved.values()), saved
    for path in saved[".py"]:
        see_no_call(ast.parse(path.read_text(encoding="utf-8")))
    for path in saved[".csv"]:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@")]
    [figure] = saved[".html"]
    # Without the policy of the server, as on one's disk.
    page.route("**/saved.html", lambda route: route.fulfill(path=figure))
    page.goto(page.url.partition("/tune")[0] + "/saved.html")
    page.locator(".main-svg").first.wait_for()
    assert page.evaluate(FOUND) == []


def save_all(page, place, folder):
    """Press every download button that is to be seen in a place."""
    for button in place.get_by_test_id("stDownloadButton").get_by_role("button").all():
        if button.is_visible():
            with page.expect_download() as download:
                button.click()
            download.value.save_as(folder / download.value.suggested_filename)


def see_no_call(tree):
    """Nothing of the payloads is code."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert not names & {"os", "alert"}


def test_the_address_is_text(watched):
    evil = quote("<img src=x id=pwned onerror=alert(1)>")
    for path in ("tune?data=", "compare?runs="):
        page = watched(f"/{path}{evil}")
        see_no_element(page)


def test_metadata_of_a_run_that_somebody_sent_is_text(watched):
    found = solve(UFMSpec(counts=(30, 20, 10), dim=4))
    origin = dict(zip(("device", "torch", "created", "note"), PAYLOADS, strict=False))
    sent = Run(found.spec, dict(found.arrays), found.metrics, origin)
    page = watched("/compare", viewport={"width": 1400, "height": 2400})
    page.get_by_text("Add a run that somebody sent").click()
    drop(page, "<script>alert(1)</script>.safetensors", run_bytes(sent))
    expect(page.get_by_text("Stored")).to_be_visible()
    see_no_element(page)


def test_every_answer_tells_browsers_what_it_may_not_do(open_page, server):
    page = open_page("/")
    for path in ("/", "/tune", "/_stcore/health", "/nowhere/at.all"):
        answer = page.request.get(server.url + path)
        assert HEADERS.items() <= answer.headers.items(), path
    assert page.request.get(f"{server.url}/_stcore/metrics").status == 404
    assert page.request.get(f"{server.url}/_stcore/agent/openapi.json").status == 404
    assert "unsafe-eval" not in HEADERS["content-security-policy"].replace("wasm-unsafe-eval", "")
