"""`python -m tests.faults`: every fault, the promise it must keep, and whether it was kept.

`--json OUT` writes the same as a table for machines. Its summary counts a fault as survived if
every variant of it passed; one that this machine cannot stage counts as not survived.
"""

import json
import sys
from dataclasses import asdict, dataclass
from inspect import getdoc
from pathlib import Path
from typing import Any

import click
import pytest


@dataclass
class Fault:
    """A test function: its module says what happens, its name where, its docstring the promise."""

    what: str
    where: str
    promise: str
    kept: str = "yes"
    seconds: float = 0.0


class Table:
    """A plugin of pytest that notes what became of each fault."""

    def __init__(self) -> None:
        self.faults: dict[str, Fault] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Note the promises."""
        for item in items:
            what = (getdoc(item.module) or "").splitlines()[0].rstrip(".")
            where = item.function.__name__.removeprefix("test_").replace("_", " ")
            promise = " ".join((getdoc(item.function) or "").split())
            self.faults.setdefault(_name(item.nodeid), Fault(what, where, promise))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note an outcome; the worst of all variants stays."""
        fault = self.faults[_name(report.nodeid)]
        fault.seconds += report.duration
        if report.failed:
            fault.kept = "no"
        elif report.skipped and fault.kept == "yes":
            fault.kept = f"not tried: {_reason(report)}"


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[0]


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)


def summary(faults: list[Fault]) -> str:
    """Return the one line that counts."""
    kept = sum(fault.kept == "yes" for fault in faults)
    return f"faults survived: {kept} of {len(faults)}"


@click.command()
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def main(out: Path | None) -> None:
    """Stage every fault and print the table of promises."""
    table = Table()
    folder = str(Path(__file__).parent)
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", folder], plugins=[table])
    faults = list(table.faults.values())
    for fault in faults:
        fault.seconds = round(fault.seconds, 1)
        click.echo(f"| {fault.what}, {fault.where} | {fault.promise} | {fault.kept} |")
    line = summary(faults)
    if out is not None:
        content = {"summary": line, "faults": [asdict(fault) for fault in faults]}
        out.write_text(json.dumps(content, indent=1) + "\n")
    click.echo(line)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
