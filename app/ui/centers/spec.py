"""Settings of the page /centers, all of which its link holds."""

from functools import lru_cache

from pydantic import Field

from app.centers.rules import RuleName
from app.centers.spec import MAX_CLASSES, MAX_SAMPLES, CentersSettings, CentersSpec
from app.centers.sweep import Look
from app.ui.profile import Classes, CountsSettings, HeadCount, Own, Ratio, Shape, model_of, page_of


class CentersPageSpec(CountsSettings, CentersSettings):
    """What is trained, and what of it is looked at."""

    profile: Shape = "exponential"
    classes: Classes = Field(3, le=MAX_CLASSES, description=f"2 to {MAX_CLASSES}.")
    head_count: HeadCount = Field(100, le=MAX_SAMPLES)
    ratio: Ratio = Field(20.0, le=MAX_SAMPLES)
    own: Own = Field((), max_length=MAX_CLASSES)
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

    def model(self) -> CentersSpec:
        """What the engine is asked for."""
        return _model(self)

    def looked_class(self) -> int:
        """Class from 0 whose own view is shown."""
        counts = self.counts()
        if self.looked is not None:
            return min(self.looked, len(counts)) - 1
        return len(counts) - 1 - counts[::-1].index(min(counts))


@lru_cache(maxsize=64)
def _model(spec: CentersPageSpec) -> CentersSpec:
    """Kept, since every part of the page asks for it."""
    return model_of(spec, CentersSpec)


def from_model(model: CentersSpec) -> CentersPageSpec:
    """The page's settings that ask for this model."""
    return page_of(model, CentersPageSpec)
