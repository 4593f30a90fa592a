"""Settings of the page /collapse, all of which its link holds."""

from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from app.longtail import class_counts
from app.scenes.film import Against
from app.ufm.spec import MAX_CLASSES, UFMSettings, UFMSpec

ProfileName = Literal["step", "exponential", "pareto", "balanced", "own"]

PROFILE_WORDS: dict[ProfileName, str] = {
    "step": "Step: many and few",
    "exponential": "Exponential",
    "pareto": "Power law",
    "balanced": "Balanced",
    "own": "My own counts",
}


class CollapseSpec(UFMSettings):
    """What is trained, and what of it is looked at."""

    profile: ProfileName = Field(
        "step", title="Profile", description="How the counts fall from head to tail."
    )
    classes: int = Field(
        10, ge=2, le=MAX_CLASSES, title="Classes K", description=f"2 to {MAX_CLASSES}."
    )
    head_count: int = Field(
        100,
        ge=1,
        le=1_000_000,
        title="Head count",
        description="Training samples of the largest class.",
    )
    ratio: float = Field(
        10.0,
        ge=1.0,
        le=1e6,
        title="Imbalance ratio R",
        description="Largest class count over smallest; counts are rounded, to at least 1.",
        json_schema_extra={"format": "%g", "step": 1.0},
    )
    minority_fraction: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Minority share",
        description="Share of the classes that are small, of the step profile.",
    )
    own: tuple[int, ...] = Field(
        (),
        max_length=MAX_CLASSES,
        title="Counts",
        description="Training samples of each class, separated by commas.",
    )
    mode: Literal["train", "solve"] = Field(
        "train",
        title="Mode",
        description="Train step by step, or go straight to the optimum.",
    )
    against: Against = Field(
        "theory",
        title="Compare with",
        description="Closed form of the papers, or the certified optimum at these decays.",
    )
    shown: int | None = Field(
        None, ge=0, le=10_000_000, title="Step shown", description="Empty: the last one."
    )

    def counts(self) -> tuple[int, ...]:
        """Training samples of each class, head class first (own counts in the order given)."""
        if self.profile == "own":
            return self.own
        made = class_counts(
            self.classes, self.head_count, self.ratio, self.profile, self.minority_fraction
        )
        return tuple(int(n) for n in made)

    def model(self) -> UFMSpec:
        """What the engine is asked for."""
        shared = {name: getattr(self, name) for name in UFMSettings.model_fields}
        return UFMSpec(counts=self.counts(), **shared)

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


def from_model(model: UFMSpec) -> CollapseSpec:
    """The page's settings that ask for this model: by its profile if it has one of ours."""
    shared = {name: getattr(model, name) for name in UFMSettings.model_fields}
    K, head, tail = model.num_classes, model.counts[0], model.counts[-1]
    profiles: list[dict[str, object]] = [
        {"profile": "balanced", "classes": K, "head_count": head},
        *({"profile": "step", "minority_fraction": small / K} for small in range(1, K)),
        {"profile": "exponential"},
        {"profile": "pareto"},
    ]
    for profile in profiles:
        values = {"classes": K, "head_count": head, "ratio": head / tail} | profile
        if head < tail:
            break
        spec = CollapseSpec(**shared, **values)
        if spec.counts() == model.counts:
            return spec
    return CollapseSpec(**shared, profile="own", own=model.counts)
