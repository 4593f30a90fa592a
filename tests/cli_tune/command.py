"""`app tune` on a small file, and what it answers."""

import json

import numpy as np
from click.testing import CliRunner

from app.cli import app

COUNTS = (500, 120, 40, 10)
FAST = ("--samples", "20", "--folds", "2")


def run(*arguments):
    return CliRunner().invoke(app, ["tune", *map(str, arguments)])


def arrays():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    logits = rng.normal(size=(80, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1] + 2
    return {"logits": logits.astype(np.float32), "labels": labels}


def save(path, **changes):
    content = arrays() | {"class_counts": np.array(COUNTS)} | changes
    np.savez(path, **{k: v for k, v in content.items() if v is not None})
    return path


def record(*arguments):
    result = run(*arguments, *FAST, "--json", "-")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*arguments):
    """Sentence with which a command was refused."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").strip()
