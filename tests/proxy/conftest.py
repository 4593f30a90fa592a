from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.server import Server
from tests.faults.visitor import Visitor, ask, form
from tests.proxy import nginx


@dataclass
class Hosting:
    """Two servers of the app over one folder of runs, behind one address."""

    url: str
    folder: Path
    servers: list[Server]

    def seat(self, visitor):
        """Number of the server that a visitor's session lives on; only that one takes its files."""
        path = f"/_stcore/upload_file/{visitor.session}/probe"
        taken = []
        headers = visitor.form_headers() | {"Cookie": visitor.cookie}
        for number, server in enumerate(self.servers):
            answer, _ = ask(server.url, "PUT", path, form("a", b"a"), headers)
            taken += [number] * (answer.status == 204)
        (number,) = taken
        return number

    def seated(self, number):
        """Return a visitor whose cookie chose that server."""
        for _ in range(40):
            visitor = Visitor(self.url)
            visitor.open("compare")
            if self.seat(visitor) == number:
                return visitor
            visitor.close()
        raise AssertionError(f"40 visitors in a row did not come to server {number}")


@pytest.fixture(scope="session")
def hosting(tmp_path_factory):
    if nginx.find() is None:
        pytest.skip(nginx.MISSING)
    folder = tmp_path_factory.mktemp("hosting")
    runs = folder / "runs"
    with (
        Server(folder, runs) as one,
        Server(folder, runs) as two,
        nginx.proxying(folder, [one.port, two.port]) as url,
    ):
        hosting = Hosting(url, folder, [one, two])
        yield hosting
        for server in hosting.servers:
            server.kill()
            assert "Traceback" not in server.logged()
