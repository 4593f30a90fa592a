"""`python -m tests.cluster`: what sharing out sweeps over workers costs and gains.

Runs the benchmark; `--json OUT` writes its figures for machines.
"""

import json
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
MARK = "cluster-speed "


@click.command(help=__doc__)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Also write.")
def main(out: Path | None) -> None:
    benchmark = "tests/benchmarks/test_cluster_speed.py"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--benchmark-enable", benchmark]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    click.echo(done.stdout)
    line = next((line for line in done.stdout.splitlines() if line.startswith(MARK)), None)
    if line is None:
        raise click.ClickException("the benchmark printed no figures")
    if out is not None:
        out.write_text(json.dumps({"sweeps": json.loads(line.removeprefix(MARK))}, indent=1) + "\n")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(prog_name="python -m tests.cluster")
