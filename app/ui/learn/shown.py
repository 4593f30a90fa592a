"""What a figure of the lesson hands back to the page."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.runs.presets import presets
from app.spec import Spec

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Shown:
    """What a figure shows now.

    Attributes
    ----------
    page : str
        The page that has this figure with all its controls.
    query : dict of str to str
        What its link holds, so that it shows the same.
    facts : dict of str to str
        Numbers measured in what is shown, as the sentences name them.
    values : dict
        What was set in the figure: fields of `LessonSpec`.
    done : bool
        Whether the settings are those that the exercise asks for.
    """

    page: str
    query: dict[str, str]
    facts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    done: bool = False


def preset_spec(kind: type[S], name: str) -> S:
    """The settings of a preset by the name of its file."""
    return next(preset.spec for preset in presets(kind) if preset.name == name)
