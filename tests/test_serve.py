import socket

import click
import pytest
from click.testing import CliRunner

from app.cli import _Group, app
from app.errors import UserError


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
