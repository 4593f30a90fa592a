"""Settings of the page /centers, all of which its link holds."""

from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from app.centers.rules import RuleName
from app.centers.spec import MAX_CLASSES, CentersSettings, CentersSpec
from app.centers.sweep import Look
from app.longtail import class_counts

ProfileName = Literal["exponential", "step", "pareto", "balanced", "own"]

PROFILE_WORDS: dict[ProfileName, str] = {
    "exponential": "Exponential",
    "step": "Step: many and few",
    "pareto": "Power law",
    "balanced": "Balanced",
    "own": "My own counts",
}


class CentersPageSpec(CentersSettings):
    """What is trained, and what of it is looked at."""

    profile: ProfileName = Field(
        "exponential", title="Profile", description="How the counts fall from head to tail."
    )
    classes: int = Field(
        3, ge=2, le=MAX_CLASSES, title="Classes K", description=f"2 to {MAX_CLASSES}."
    )
    head_count: int = Field(
        100,
        ge=1,
        le=10_000,
        title="Head count",
        description="Training samples of the largest class.",
    )
    ratio: float = Field(
        20.0,
        ge=1.0,
        le=1e4,
        title="Imbalance ratio R",
        description="Largest class count over smallest; counts are rounded, to at least 1.",
        json_schema_extra={"format": "%g", "step": 1.0},
    )
    own: tuple[int, ...] = Field(
        (),
        max_length=MAX_CLASSES,
        title="Counts",
        description="Training samples of each class, separated by commas.",
    )
    rule: RuleName = Field(
        "rcr-bn", title="Rule", description="Whose accuracy the sweep shows; RCR is deployed."
    )
    noise: float = Field(
        0.35,
        ge=0.01,
        le=10.0,
        title="Noise of the test",
        description="Standard deviation in every coordinate; features have length 1.",
    )
    look: Look = Field(
        "mean", title="Accuracy of", description="All classes alike, or the last one alone."
    )
    looked: int | None = Field(
        None,
        ge=1,
        le=MAX_CLASSES,
        title="Look at class",
        description="Number of the class whose own view is shown; empty: the smallest.",
    )
    shown: int | None = Field(
        None, ge=0, le=200_000, title="Step shown", description="Empty: the last one."
    )

    def counts(self) -> tuple[int, ...]:
        """Training samples of each class."""
        if self.profile == "own":
            return self.own
        made = class_counts(self.classes, self.head_count, self.ratio, self.profile)
        return tuple(int(n) for n in made)

    def model(self) -> CentersSpec:
        """What the engine is asked for."""
        shared = {name: getattr(self, name) for name in CentersSettings.model_fields}
        return CentersSpec(counts=self.counts(), **shared)

    def looked_class(self) -> int:
        """Class from 0 whose own view is shown."""
        counts = self.counts()
        if self.looked is not None:
            return min(self.looked, len(counts)) - 1
        return len(counts) - 1 - counts[::-1].index(min(counts))

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


def from_model(model: CentersSpec) -> CentersPageSpec:
    """The page's settings that ask for this model: by its profile if it has one of ours."""
    shared = {name: getattr(model, name) for name in CentersSettings.model_fields}
    head, tail = model.counts[0], model.counts[-1]
    for profile in ("balanced", "exponential", "step", "pareto"):
        if head < tail or head > 10_000:
            break
        spec = CentersPageSpec(
            **shared,
            profile=profile,
            classes=model.num_classes,
            head_count=head,
            ratio=head / tail,
        )
        if spec.counts() == model.counts:
            return spec
    return CentersPageSpec(**shared, profile="own", own=model.counts)
