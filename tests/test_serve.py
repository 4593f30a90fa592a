import asyncio
import socket
import sys

import click
import pytest
import uvicorn
from click.testing import CliRunner

from app.cli import _Group, app
from app.errors import UserError
from tests.aio import run


def test_without_a_command_the_help_is_shown():
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "serve" in result.stdout


def test_what_a_user_can_fix_is_one_line_and_exit_code_2():
    @click.group(cls=_Group)
    def commands():
        pass

    @commands.command()
    def refuse():
        raise UserError("counts must be positive, got -3.")

    result = CliRunner().invoke(commands, ["refuse"])
    assert result.exit_code == 2
    assert result.stderr == "Error: counts must be positive, got -3.\n"
    assert result.stdout == ""


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "--host=127.0.0.1", f"--port={port}"])
    assert result.exit_code == 2
    assert f"Cannot serve on 127.0.0.1 port {port}" in result.stderr


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_an_impossible_port_is_refused(port):
    result = CliRunner().invoke(app, ["serve", f"--port={port}"])
    assert result.exit_code == 2
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("asked", "address"), [((), "localhost"), (("--host=0.0.0.0",), "0.0.0.0")]
)
def test_it_listens_on_this_machine_alone_unless_told_otherwise(asked, address, monkeypatch):
    started = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda options, **_: started.append(options))
    monkeypatch.setattr("app.ui.boot.warm_up_when_serving", lambda: None)
    monkeypatch.setattr("os.chdir", lambda _: None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = CliRunner().invoke(app, ["serve", *asked, f"--port={port}"])
    assert result.exit_code == 0, result.output
    [options] = started
    assert f"--server.address={address}" in options
    assert options[-1].endswith("server.py")


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_answers_leave_at_once():
    """A small message does not wait for the acknowledgement of the one before (Nagle)."""

    async def options():
        accepted = asyncio.get_running_loop().create_future()

        class Greeted(asyncio.Protocol):
            def connection_made(self, transport):
                taken = transport.get_extra_info("socket")
                accepted.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        # Made as Streamlit makes it, without naming the protocol.
        listening = socket.socket(socket.AF_INET)
        listening.bind(("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        async with await loop.create_server(Greeted, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            found = await asyncio.wait_for(accepted, 10)
            writer.close()
        return found

    assert run(options(), uvicorn.Config("app").get_loop_factory()) != 0
