"""Settings of the live boundary picture, and reading them back from the browser."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from app.spec import Spec, bounds

RuleName = Literal["raw", "mla", "ala", "1vs1", "tau-norm"]
RULES: tuple[RuleName, ...] = get_args(RuleName)
MAX_PANELS = 4


class LiveState(Spec):
    """What the live picture's own controls set, within what can be drawn 60 times a second."""

    gamma: float = Field(0.5, ge=0, le=2, title="gamma", description="Strength of MLA and 1vs1.")
    tau: float = Field(1.0, ge=0, le=4, title="tau", description="Strength of ALA and tau-norm.")
    ratio: float = Field(
        100.0,
        ge=1,
        le=1000,
        title="imbalance",
        description="Training samples of the head class over those of the tail class.",
    )
    norm: float = Field(
        5.0,
        ge=1,
        le=50,
        title="feature norm",
        description="Length of the features: ALA's boundaries depend on it, MLA's do not.",
    )
    spread: float = Field(
        0.2,
        ge=0,
        le=0.6,
        title="spread",
        description="Noise of a class with 100 training samples, relative to the feature norm.",
    )
    s: float = Field(
        0.5,
        ge=0,
        le=1,
        title="spread exponent s",
        description="Noise of a class is proportional to n^-s: rare classes scatter more.",
    )
    rules: tuple[RuleName, ...] = Field(
        ("mla", "ala", "1vs1"), title="Rules", description="The rules shown, one to four."
    )
    matched: bool = Field(
        False,
        title="Matched gamma",
        description="MLA takes the gamma at which it follows the 1vs1adjuster on a simplex ETF.",
    )
    first: int = Field(0, ge=0, le=11, title="First class of the pair", description="From 0.")
    second: int = Field(2, ge=0, le=11, title="Second class of the pair", description="From 0.")

    @field_validator("rules")
    @classmethod
    def _can_be_shown(cls, rules: tuple[RuleName, ...]) -> tuple[RuleName, ...]:
        if not 1 <= len(set(rules)) <= MAX_PANELS:
            raise ValueError(f"choose one to {MAX_PANELS} of the rules {', '.join(RULES)}")
        return rules


LOGARITHMIC = ("ratio", "norm")


def slider(name: str) -> dict[str, object]:
    """Describe the slider of a field to the browser: its type, bounds and words."""
    field = LiveState.model_fields[name]
    low, high = bounds(field)
    return {
        "name": name,
        "label": field.title,
        "help": field.description,
        "min": low,
        "max": high,
        "step": 0.01,
        "log": name in LOGARITHMIC,
        "default": field.default,
    }


def read_state(sent: object, fallback: LiveState) -> LiveState:
    """Return what the browser sent, each value checked alone; what is wrong stays as it was."""
    if not isinstance(sent, dict):
        return fallback
    state = fallback
    for name, value in sent.items():
        if name not in LiveState.model_fields:
            continue
        try:
            state = LiveState(**(state.model_dump() | {name: value}))
        except ValueError:
            continue
    return state
