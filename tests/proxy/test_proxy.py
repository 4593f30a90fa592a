"""Two servers behind nginx, with the configuration that ships: deploy/nginx.conf.template."""

import gzip
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.runs.file import run_bytes
from app.ufm import UFMSpec, solve
from app.ui.gate import HEADERS
from app.ui.modules import DIGEST
from tests.faults.server import Server
from tests.faults.training import IMPORT, assert_works, begin, train, whole
from tests.faults.visitor import Visitor, ask


def test_a_visitor_stays_with_one_server(hosting):
    """Page, files and connection come to the same server, a broken connection to its session."""
    seats = set()
    for _ in range(8):
        visitor = Visitor(hosting.url)
        visitor.open("compare")
        seats.add(hosting.seat(visitor))
        visitor.close()
    assert seats == {0, 1}
    visitor = Visitor(hosting.url)
    visitor.open("compare")
    session, seat = visitor.session, hosting.seat(visitor)
    for _ in range(2):
        visitor.drop()
        visitor.connect()
        visitor.rerun()
        assert (visitor.session, hosting.seat(visitor)) == (session, seat)
    visitor.close()


def test_what_one_server_stores_the_other_opens(hosting):
    """They share the folder of runs; a run computed on one is there for visitors of both."""
    here, there = hosting.seated(0), hosting.seated(1)
    assert_works(here, hosting.servers[0].runs, seed=2)
    id = whole(hosting.servers[0].runs)[2].spec.id
    there.open("compare", f"runs={id}")
    assert there.says("Over training", "heading")
    content = run_bytes(solve(UFMSpec(counts=(9, 9, 3), dim=5)))
    there.open("compare")
    there.upload(IMPORT, "run.safetensors", content)
    there.watch(lambda: there.says("Stored", "alert"))


def test_the_visitors_of_a_server_that_dies_go_on_at_the_other(hosting):
    """They reconnect as new sessions with the page's state from the link; what was stored is
    there; when the server is back it takes visitors again."""
    visitor = hosting.seated(0)
    train(visitor, seed=3)
    before = visitor.session
    begin(visitor, seed=4)
    hosting.servers[0].kill()
    try:
        visitor.connect()
        visitor.rerun()
        assert visitor.session != before
        assert "Run" in visitor.widgets
        assert not visitor.alerts
        assert_works(visitor, hosting.servers[1].runs, seed=5)
        assert {3, 5} <= set(whole(hosting.servers[1].runs))
        assert 4 not in whole(hosting.servers[1].runs)
    finally:
        hosting.servers[0] = Server(
            hosting.folder, hosting.servers[1].runs, port=hosting.servers[0].port
        )
        hosting.servers[0].wait()
    time.sleep(1)  # fail_timeout: until then nginx does not ask it again
    hosting.seated(0).close()


@pytest.mark.parametrize("path", ["/", "/tune", "/_stcore/health", "/static/js/none.js"])
def test_the_headers_of_the_app_come_through_once(hosting, path):
    answer, _ = ask(hosting.url, "GET", path)
    for name, value in HEADERS.items():
        assert answer.headers.get_all(name) == [value]
    assert answer.headers["Server"] == "nginx"


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore/%6detrics",
        "/x/..//_stcore/metrics?families=a",
        "/tune/_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
    ],
)
def test_what_is_for_those_who_run_it_is_closed(hosting, path):
    assert ask(hosting.url, "GET", path)[0].status == 404


def test_the_seat_is_given_once_and_no_script_reads_it(hosting):
    cookies = ask(hosting.url, "GET", "/")[0].headers.get_all("Set-Cookie")
    (seat,) = [line for line in cookies if line.startswith("lab_seat=")]
    assert "HttpOnly" in seat
    assert "SameSite=Lax" in seat
    again = ask(hosting.url, "GET", "/", headers={"Cookie": seat.partition(";")[0]})[0]
    assert not [c for c in again.headers.get_all("Set-Cookie") or () if "lab_seat" in c]


def test_files_named_by_content_are_asked_for_once(hosting):
    page = ask(hosting.url, "GET", "/")[1].decode()
    name = page.partition('src="./static/js/')[2].partition('"')[0]
    plain = ask(hosting.url, "GET", f"/static/js/{name}")
    packed = ask(hosting.url, "GET", f"/static/js/{name}", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in plain[0].headers["Cache-Control"]
    assert gzip.decompress(packed[1]) == plain[1]
    assert _kept(hosting, f"/static/js/{name}")
    script = f"/assets/{DIGEST}/player.js"
    assert "immutable" in ask(hosting.url, "GET", script)[0].headers["Cache-Control"]
    assert _kept(hosting, script)
    assert ask(hosting.url, "GET", "/assets/0123456789abcdef/player.js")[0].status == 404
    # Streamlit answers with its page where it has no such file; that must not stay.
    assert ask(hosting.url, "GET", "/static/js/absent.js")[0].status == 200
    assert not _kept(hosting, "/static/js/absent.js")


def _kept(hosting, path):
    key = f"KEY: http://collapse_lab{path}\n".encode()
    files = [file for file in (hosting.folder / "cache").rglob("*") if file.is_file()]
    return any(key in file.read_bytes()[:2000] for file in files)


def test_what_is_too_large_is_refused_before_it_is_read(hosting):
    for path, size in (("/_stcore/upload_file/a/b", 402 * 2**20), ("/anything", 2 * 2**20)):
        host, port = hosting.url.removeprefix("http://").split(":")
        head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=10) as sending:
            sending.sendall(head.encode())
            assert sending.recv(100).startswith(b"HTTP/1.1 413")


def test_a_flood_of_connections_is_slowed_and_others_are_served(hosting):
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda _: ask(hosting.url, "GET", "/_stcore/stream")[0], range(600))
        statuses = [answer.status for answer in answers]
    assert 429 in statuses
    assert statuses.count(200) > 200  # as many as a burst may have
    assert ask(hosting.url, "GET", "/")[0].status == 200
    time.sleep(0.5)
    visitor = Visitor(hosting.url)
    visitor.open("compare")
    assert not visitor.alerts
