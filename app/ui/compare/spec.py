"""Settings of the page /compare, all of which its link holds."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.spec import Spec

MAX_RUNS = 4
MAX_METRICS = 4

KindName = Literal["any", "UFMSpec", "SweepSpec", "CentersSpec", "ProbeSpec"]
LossFilter = Literal[
    "any",
    "ce",
    "wce",
    "la",
    "cdt",
    "ldt",
    "vs",
    "ldam",
    "focal",
    "mse",
    "cosine",
    "p",
    "nearest",
]
RatioName = Literal["any", "1", "to-10", "to-100", "beyond"]


class CompareSpec(Spec):
    """Which runs are listed, which are looked at, and what of them."""

    kind: KindName = Field("any", title="Kind", description="What was computed.")
    loss: LossFilter = Field("any", title="Loss", description="What was minimised.")
    ratio: RatioName = Field(
        "any", title="Imbalance ratio", description="Largest class count over smallest."
    )
    runs: tuple[str, ...] = Field(
        (), max_length=MAX_RUNS, title="Runs", description=f"Ids of up to {MAX_RUNS} runs."
    )
    metrics: tuple[str, ...] = Field(
        (),
        max_length=MAX_METRICS,
        title="Metrics",
        description=f"Up to {MAX_METRICS}, one below the other.",
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        """Refuse a run or a metric that is named twice."""
        for name in ("runs", "metrics"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must be named once each, got {','.join(values)[:80]}")
        return self
