"""The command line: the same library as the pages, without a browser.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

import os
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from app.device import override
from app.errors import UserError

ROOT = Path(__file__).resolve().parents[1]


class _Refusal(click.ClickException):
    """Shown as "Error: one sentence"."""

    exit_code = 2


class _Group(click.Group):
    """Commands whose `UserError` becomes one line on stderr and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command the user named."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise _Refusal(str(error)) from error


@click.group(name="app", cls=_Group, invoke_without_command=True)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Collapse Lab: the last layer of classifiers trained on imbalanced data."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


class _Later(click.Command):
    """A command in a module of `app.commands` of that name, imported when it is named."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over to the command itself."""
        command: click.Command = import_module(f"app.commands.{self.name}").command
        return command.make_context(info_name, args, parent, **extra)


app.add_command(_Later("tune", short_help="Tune logit adjustment exactly on a file of logits."))
app.add_command(_Later("data", short_help="List, build and imitate files of logits."))
app.add_command(_Later("run", short_help="Compute what a file of settings asks for."))
app.add_command(_Later("sweep", short_help="Map minority collapse over imbalance and decay."))
app.add_command(_Later("runs", short_help="List, show, check and rebuild the stored runs."))
app.add_command(_Later("papers", short_help="Check the claims of the papers again."))


@app.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--host", default="localhost", show_default=True, help="0.0.0.0 lets the whole network in."
)
@click.argument("streamlit_args", nargs=-1, type=click.UNPROCESSED)
def serve(port: int, host: str, streamlit_args: tuple[str, ...]) -> None:
    """Start the app; further options go to `streamlit run`."""
    override()  # Refused now rather than on every page.
    _check_free(host, port)
    os.chdir(ROOT)  # Streamlit reads .streamlit/config.toml from the working directory.
    sys.path.insert(0, str(ROOT))

    from streamlit.web.cli import main as streamlit

    from app.ui.boot import warm_up_when_serving

    warm_up_when_serving()
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    click.echo(f"Collapse Lab: http://{shown}:{port} (Ctrl+C stops it)")
    options = [f"--server.port={port}", f"--server.address={host}", *streamlit_args]
    streamlit(["run", *options, str(ROOT / "app" / "server.py")], prog_name="streamlit")


def _check_free(host: str, port: int) -> None:
    """Raise `UserError` unless the address can be bound."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise UserError(
            f"Cannot serve on {host} port {port}: {error.strerror or error}; "
            "another --port or --host may be free."
        ) from error
