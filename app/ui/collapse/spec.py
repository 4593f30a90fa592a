"""Settings of the page /collapse, all of which its link holds."""

from typing import Literal

from pydantic import Field

from app.scenes.film import Against
from app.ufm.spec import MAX_CLASSES, UFMSettings, UFMSpec
from app.ui.profile import Classes, CountsSettings, HeadCount, Own, Ratio, model_of, page_of


class CollapseSpec(CountsSettings, UFMSettings):
    """What is trained, and what of it is looked at."""

    classes: Classes = Field(10, le=MAX_CLASSES, description=f"2 to {MAX_CLASSES}.")
    head_count: HeadCount = Field(100, le=1_000_000)
    ratio: Ratio = Field(10.0, le=1e6)
    own: Own = Field((), max_length=MAX_CLASSES)
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

    def model(self) -> UFMSpec:
        """What the engine is asked for."""
        return model_of(self, UFMSpec)


def from_model(model: UFMSpec) -> CollapseSpec:
    """The page's settings that ask for this model."""
    return page_of(model, CollapseSpec)
