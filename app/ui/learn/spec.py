"""Settings of the page /learn: the place in the lesson, what was done, what the figure shows."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from app.ufm.sweep import MAX_SIZE
from app.ui.live_state import LiveState, RuleName

PAGE = "learn"

Number = Literal[1, 2, 3, 4, 5, 6]
NUMBERS: tuple[Number, ...] = get_args(Number)
MOST_VARIANTS = 4


class LessonSpec(LiveState):
    """Where the lesson stands; of the figure, what the steps that have such a control set."""

    step: Number = Field(1, title="Step", description="Of the lesson.")
    done: tuple[Number, ...] = Field(
        (), title="Done", description="Steps whose exercise has been done."
    )
    variant: int = Field(
        0, ge=0, le=MOST_VARIANTS - 1, title="Run", description="Which of the step's presets."
    )
    shown: int | None = Field(
        None, ge=0, le=10_000_000, title="Step shown", description="Empty: the last one."
    )
    row: int | None = Field(
        None,
        ge=0,
        le=MAX_SIZE - 1,
        title="Row",
        description="Of the chosen cell, from the smallest decay, counted from 0.",
    )
    column: int | None = Field(
        None,
        ge=0,
        le=MAX_SIZE - 1,
        title="Column",
        description="Of the chosen cell, from the smallest ratio, counted from 0.",
    )
    gamma: float = Field(0.0, ge=0, le=3, title="gamma", description="Strength of MLA and 1vs1.")
    spread: float = Field(
        0.3,
        ge=0,
        le=0.6,
        title="spread",
        description="Noise of a class with 100 training samples, relative to the feature norm.",
    )
    rules: tuple[RuleName, ...] = Field(
        ("raw", "mla", "1vs1"), title="Rules", description="The rules shown, one to four."
    )

    @field_validator("done")
    @classmethod
    def _in_order(cls, done: tuple[Number, ...]) -> tuple[Number, ...]:
        return tuple(sorted(set(done)))

    def picture(self) -> LiveState:
        """The part that the controls of the live picture set, within what it can draw."""
        values = {name: getattr(self, name) for name in LiveState.model_fields}
        return LiveState(**(values | {"gamma": min(self.gamma, 2.0)}))

    def at(self, step: Number) -> "LessonSpec":
        """Another step, as it begins."""
        return LessonSpec(step=step, done=self.done)

    def ticked(self) -> tuple[Number, ...]:
        """What is done, this step included."""
        return tuple(sorted({*self.done, self.step}))
