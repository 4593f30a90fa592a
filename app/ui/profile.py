"""Class counts as settings of a page: a profile from head to tail, or counts of one's own."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from app.longtail import Profile, class_counts
from app.spec import Spec

ProfileName = Literal["step", "exponential", "pareto", "balanced", "own"]

PROFILE_WORDS: dict[ProfileName, str] = {
    "step": "Step: many and few",
    "exponential": "Exponential",
    "pareto": "Power law",
    "balanced": "Balanced",
    "own": "My own counts",
}

# What the fields are; a page sets their defaults and upper bounds.
Shape = Annotated[
    ProfileName, Field(title="Profile", description="How the counts fall from head to tail.")
]
Classes = Annotated[int, Field(ge=2, title="Classes K")]
HeadCount = Annotated[
    int, Field(ge=1, title="Head count", description="Training samples of the largest class.")
]
Ratio = Annotated[
    float,
    Field(
        ge=1.0,
        title="Imbalance ratio R",
        description="Largest class count over smallest; counts are rounded, to at least 1.",
        json_schema_extra={"format": "%g", "step": 1.0},
    ),
]
Own = Annotated[
    tuple[int, ...],
    Field(title="Counts", description="Training samples of each class, separated by commas."),
]


class CountsSettings(Spec):
    """Class counts of a page whose model has a field of that name."""

    profile: Shape = "step"
    classes: Classes = 10
    head_count: HeadCount = 100
    ratio: Ratio = 10.0
    minority_fraction: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Minority share",
        description="Share of the classes that are small, of the step profile.",
    )
    own: Own = ()

    def counts(self) -> tuple[int, ...]:
        """Training samples of each class, head class first (own counts in the order given)."""
        if self.profile == "own":
            return self.own
        made = class_counts(
            self.classes, self.head_count, self.ratio, self.profile, self.minority_fraction
        )
        return tuple(int(n) for n in made)

    @abstractmethod
    def model(self) -> Spec:
        """What the engine is asked for."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what the engine would refuse, in its words."""
        if self.profile == "own" and len(self.own) < 2:
            raise ValueError(f"own counts must be of at least 2 classes, got {len(self.own)}")
        try:
            self.model()
        except ValidationError as error:
            message = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(message) from error
        return self


P = TypeVar("P", bound=CountsSettings)
M = TypeVar("M", bound=Spec)


def model_of(page: CountsSettings, kind: type[M]) -> M:
    """Return a model's settings: those that the page has too, and its counts."""
    shared = {name: getattr(page, name) for name in kind.model_fields if name != "counts"}
    return kind(**shared | {"counts": page.counts()})


def page_of(model: Any, kind: type[P]) -> P:
    """Return a page's settings that ask for a model: by its profile if it has one of ours."""
    shared = {name: getattr(model, name) for name in type(model).model_fields if name != "counts"}
    return kind(**shared, **profile_of(model.counts))


def profile_of(counts: tuple[int, ...]) -> dict[str, Any]:
    """Return the fields of `CountsSettings` that make these counts."""
    K, head, tail = len(counts), counts[0], counts[-1]
    share = counts.count(tail) / K
    profiles: tuple[tuple[Profile, dict[str, float]], ...] = (
        ("balanced", {}),
        ("step", {"minority_fraction": share}),
        ("exponential", {}),
        ("pareto", {}),
    )
    for profile, more in profiles if head >= tail else ():
        if tuple(class_counts(K, head, head / tail, profile, **more)) == counts:
            fields = {"profile": profile, "classes": K, "head_count": head, "ratio": head / tail}
            return fields | more
    return {"profile": "own", "own": counts}


def draw_counts(draw: Callable[..., Any]) -> None:
    """Draw the controls of the counts that matter for the profile chosen, by a page's `draw`."""
    profile = draw("profile", PROFILE_WORDS)
    if profile == "own":
        draw("own")
        return
    draw("classes")
    draw("head_count")
    if profile != "balanced":
        draw("ratio")
    if profile == "step":
        draw("minority_fraction")
