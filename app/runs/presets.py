"""Settings worth starting from: one JSON file each, found by a loop."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from app.runs.words import parse_json
from app.spec import Spec

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Preset(Generic[S]):
    """Settings with a name.

    Attributes
    ----------
    name : str
        Name of its file.
    title : str
        A few words.
    words : str
        What to see, in one sentence.
    spec : Spec
    """

    name: str
    title: str
    words: str
    spec: S


def presets(kind: type[S]) -> tuple[Preset[S], ...]:
    """Return the presets of one kind of settings, in the order of their files' names."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = parse_json(path.read_text(encoding="utf-8"), path.name)
        if content["kind"] == kind.__name__:
            spec = kind(**content["spec"])
            found.append(Preset(path.stem, content["title"], content["words"], spec))
    return tuple(found)
