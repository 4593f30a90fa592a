"""Settings of the page /minority, all of which its link holds."""

from typing import Literal

from pydantic import Field

from app.ufm.sweep import MAX_SIZE, SweepSpec

ShownName = Literal["auto", "distance", "means", "rank", "accuracy", "certificate"]


class MinoritySpec(SweepSpec):
    """What is swept, and what of it is looked at."""

    shown: ShownName = Field("auto", title="Colour", description="What the map shows.")
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

    def sweep(self) -> SweepSpec:
        """What the engine is asked for."""
        return SweepSpec(**{name: getattr(self, name) for name in SweepSpec.model_fields})

    def shows(self) -> ShownName:
        """What the map shows: by itself what tells the phases of the profile apart."""
        if self.shown != "auto":
            return self.shown
        return "rank" if self.profile == "exponential" else "distance"

    def picked(self) -> tuple[int, int] | None:
        """Row and column of the chosen cell, if one is chosen that the grid has."""
        if self.row is None or self.column is None:
            return None
        inside = self.row < self.decays.size and self.column < self.ratios.size
        return (self.row, self.column) if inside else None


def from_sweep(sweep: SweepSpec) -> MinoritySpec:
    """The page's settings that ask for this sweep."""
    return MinoritySpec(**sweep.model_dump())
