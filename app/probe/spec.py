"""Settings of a comparison of re-training methods."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.adjust.metrics import MetricName
from app.probe.method import MethodName
from app.probe.methods import METHODS
from app.spec import Spec

Selection = Literal["validation", "last", "best-on-test"]

SELECTION_WORDS: dict[Selection, str] = {
    "validation": "best on validation",
    "last": "last epoch",
    "best-on-test": "best epoch on test (optimistic)",
}

MAX_HEADS = 2_000

Rate = Annotated[float, Field(gt=0.0, le=1e3)]
Decay = Annotated[float, Field(ge=0.0, le=10.0)]


class ProbeSpec(Spec):
    """Classifiers re-trained on the frozen features of a long-tailed data set, side by side."""

    data: str = Field(
        "fashion-lt",
        min_length=1,
        max_length=80,
        title="Data",
        description="A bundled set of features by name, or the name of one's own.",
    )
    ratio: float | None = Field(
        None,
        ge=1.0,
        le=1e6,
        title="Imbalance ratio",
        description="Largest over smallest class of the training rows; empty: as they are.",
    )
    profile: Literal["exponential", "step"] = Field(
        "exponential", title="Profile", description="How class counts fall, with a ratio given."
    )
    methods: tuple[MethodName, ...] = Field(
        ("stage1", "ce", "posthoc-la", "balanced-softmax", "cb-bce", "crt", "lort"),
        min_length=1,
        max_length=len(METHODS),
        title="Methods",
        description="What is compared.",
    )
    seed: int = Field(0, ge=0, le=1_000_000, title="Seed", description="The first one.")
    seeds: int = Field(
        1, ge=1, le=20, title="Seeds", description="Repetitions, each with the next seed."
    )
    epochs: int = Field(20, ge=1, le=500, title="Epochs", description="Of re-training.")
    batch_size: int = Field(
        64, ge=1, le=4096, title="Batch size", description="Samples a step; rates scale with it."
    )
    learning_rates: tuple[Rate, ...] = Field(
        (),
        max_length=12,
        title="Learning rates",
        description="Tried for every method; empty: the one of its authors.",
    )
    weight_decays: tuple[Decay, ...] = Field(
        (),
        max_length=12,
        title="Weight decays",
        description="Tried for every method; empty: the one of its authors.",
    )
    momentum: float = Field(0.9, ge=0.0, le=0.999, title="Momentum", description="Of SGD.")
    schedule: Literal["cosine", "constant"] = Field(
        "cosine", title="Schedule", description="Of the learning rate, by epoch."
    )
    delta: float = Field(
        0.98, ge=0.0, le=0.9999, title="delta", description="Of LORT; 0 is cross-entropy."
    )
    tau: float = Field(
        1.0, ge=-5.0, le=5.0, title="tau", description="Of the LA loss; 1 is balanced softmax."
    )
    stage1_decay: float = Field(
        5e-4,
        gt=0.0,
        le=10.0,
        title="Decay of stage 1",
        description="Where stage 1 is fitted anew, because the training rows were cut.",
        json_schema_extra={"format": "%.3g", "step": 1e-4},
    )
    metric: MetricName = Field(
        "balanced_accuracy", title="Metric", description="What chooses and compares."
    )
    selection: Selection = Field(
        "validation",
        title="Chosen",
        description="The state that is reported: the best on validation rows, the last, or the "
        "epoch that is best on the very test rows it is judged on, as the papers do.",
    )
    dtype: Literal["float32", "float64"] = Field(
        "float32", title="Precision", description="Of the arithmetic."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", title="Device", description="Where it is computed."
    )

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Every seed."""
        return tuple(range(self.seed, self.seed + self.seeds))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what says nothing or cannot be computed, in words."""
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("methods must differ from each other")
        tried = max(1, len(self.learning_rates)) * max(1, len(self.weight_decays))
        heads = len(self.methods) * tried * self.seeds
        if heads > MAX_HEADS:
            raise ValueError(
                "methods times rates, decays and seeds must be at most "
                f"{MAX_HEADS:,}, got {heads:,}"
            )
        return self
