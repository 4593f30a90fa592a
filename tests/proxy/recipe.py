"""The Dockerfile as a list of instructions, and the files that it copies."""

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.faults.server import ROOT

DOCKERFILE = ROOT / "Dockerfile"


class Instruction(NamedTuple):
    """A word in capitals, and what follows it on one line."""

    name: str
    rest: str


def instructions() -> list[Instruction]:
    """Return what the Dockerfile says, comments left out and lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    parts = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [Instruction(name, rest.strip()) for name, _, rest in parts]


def of(name: str) -> list[str]:
    """Return what the instructions of a name say."""
    return [rest for each, rest in instructions() if each == name]


def sources() -> list[str]:
    """Return what is copied from the repository, as named there."""
    copies = [shlex.split(rest) for rest in of("COPY") if not rest.startswith("--from")]
    return [source for words in copies for source in words[:-1]]


def environment(data: Path) -> dict[str, str]:
    """Return the variables that the image sets, with another folder in place of its volume."""
    pairs = (pair.partition("=") for rest in of("ENV") for pair in shlex.split(rest))
    return {name: value.replace("/data", str(data)) for name, _, value in pairs if name != "PATH"}


def ignored() -> list[str]:
    """Return the patterns of .dockerignore that take files away from what others let in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [line for line in lines if line and not line.startswith(("#", "!"))]
    assert kept[0] == "*"
    return kept[1:]


def let_in() -> set[str]:
    """Return what .dockerignore sends to the builder."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def build(folder: Path) -> None:
    """Lay out the files of the image as its last stage does."""
    last = [rest for rest in of("COPY") if not rest.startswith("--from")]
    for rest in last[1:]:
        *names, target = shlex.split(rest)
        for name in names:
            source = ROOT / name
            if source.is_dir():
                leave_out = [Path(pattern).name for pattern in ignored()]
                shutil.copytree(source, folder / target, ignore=shutil.ignore_patterns(*leave_out))
            else:
                shutil.copy(source, folder / target)
