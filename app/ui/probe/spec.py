"""Settings of the page /probe, all of which its link holds."""

from typing import Literal

from pydantic import Field

from app.adjust.metrics import MetricName
from app.probe import METHODS, MethodName, ProbeSpec

ColorName = Literal["change", "group", "class"]
ProjectionName = Literal["pca", "umap"]


class ProbePageSpec(ProbeSpec):
    """What is compared, and what of it is looked at."""

    methods: tuple[MethodName, ...] = Field(
        (
            "stage1",
            "ce",
            "balanced-softmax",
            "crt",
            "cb-bce",
            "posthoc-la",
            "posthoc-mla",
            "lort",
        ),
        min_length=1,
        max_length=len(METHODS),
        title="Methods",
        description="What is compared.",
    )
    look: MetricName = Field(
        "balanced_accuracy", title="Curves of", description="On test rows, epoch by epoch."
    )
    focus: MethodName = Field(
        "balanced-softmax",
        title="Method",
        description="Whose decisions the map shows, and what is sent to /tune.",
    )
    projection: ProjectionName = Field(
        "pca",
        title="Projection",
        description="PCA is there at once; so is the UMAP of fashion-lt, cldr-lt and kjv-books. "
        "Of other features it takes up to a minute in the background.",
    )
    color: ColorName = Field("change", title="Colour", description="What the map shows.")

    def comparison(self) -> ProbeSpec:
        """What the engine is asked for."""
        return ProbeSpec(**{name: getattr(self, name) for name in ProbeSpec.model_fields})

    def focused(self) -> MethodName:
        """The method looked at: the one chosen if it is compared, else the last."""
        return self.focus if self.focus in self.methods else self.methods[-1]


def from_comparison(spec: ProbeSpec) -> ProbePageSpec:
    """The page's settings that ask for this comparison."""
    return ProbePageSpec(**spec.model_dump())
