"""The words of the lesson: one JSON file a step, in the order of the files' names."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.runs.words import parse_json
from app.ui.learn.spec import MOST_VARIANTS

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "lesson"

FigureName = Literal["film", "centers", "phase", "boundaries", "curve"]
Sentences = Annotated[tuple[str, ...], Field(min_length=3, max_length=3)]


class Variant(BaseModel):
    """One setting of a step's figure, and three sentences about it.

    Sentences hold names in braces for numbers, which are computed from the figure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    preset: str
    sentences: Sentences


class Lesson(BaseModel):
    """One step of the lesson.

    Attributes
    ----------
    title, short, lead : str
        Heading, its name in the row of steps, and what the step is about.
    figure : str
        Kind of figure.
    done_by : {"variant", "figure"}
        Whether the step is done by choosing another variant or by what is set in the figure.
    variants : tuple of Variant
        The first is shown at the beginning.
    exercise, question, answer : str
    link : str
        Words of the link to the page with the same settings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    short: str
    lead: str
    figure: FigureName
    done_by: Literal["variant", "figure"]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1, max_length=MOST_VARIANTS)]
    exercise: str
    question: str
    answer: str
    link: str

    def variant(self, number: int) -> Variant:
        """The variant of a number; a link's may be too large."""
        return self.variants[min(number, len(self.variants) - 1)]


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return the steps."""
    return tuple(
        Lesson(**parse_json(path.read_text(encoding="utf-8"), path.name))
        for path in sorted(FOLDER.glob("*.json"))
    )
