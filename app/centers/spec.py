"""Settings of a multi-center model."""

import math
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from app.errors import UserError
from app.spec import Spec
from app.theory import centers_per_class
from app.theory.centers import require_mean_centers

LossName = Literal["cosine", "p", "nearest", "ce"]
Strategy = Literal["cal", "al", "single"]

LOSS_WORDS: dict[LossName, str] = {
    "cosine": "Cosine loss",
    "p": "Loss P",
    "nearest": "Nearest center (contrast)",
    "ce": "Cross-entropy (comparison)",
}
STRATEGY_WORDS: dict[Strategy, str] = {
    "cal": "Class-aware (CAL)",
    "al": "Equal (AL)",
    "single": "One center",
}

MAX_CLASSES = 50
MAX_SAMPLES = 20_000
# Numbers of all features.
MAX_NUMBERS = 2_000_000
MAX_DIM = 4_000


class CentersSettings(Spec):
    """Everything about a multi-center model but its class counts.

    Features are free vectors, one a sample; the frame of `app.theory.center_frame` is fixed, or
    for loss P the lengths of its vectors are learned. Its directions need not be: turning the
    frame is the same as turning all features.
    """

    loss: LossName = Field(
        "cosine",
        title="Loss",
        description="What pulls the features. No Mixup: free features have no inputs to mix.",
    )
    strategy: Strategy = Field(
        "cal",
        title="Centers",
        description="More centers for smaller classes (CAL), f each (AL), or one each.",
    )
    mean_centers: int = Field(
        3, ge=1, le=60, title="f", description="Centers a class on average; one each ignores it."
    )
    theta: float = Field(
        0.2,
        ge=0.0,
        le=math.pi / 2,
        title="theta",
        description="Angle of the frame in radians: 0 far from, pi/2 all at the class vector.",
        json_schema_extra={"format": "%.3g", "step": 0.1},
    )
    frame: Literal["fixed", "learned"] = Field(
        "fixed", title="Frame", description="Fixed, or with learned lengths (loss P alone)."
    )
    weight_decay: float = Field(
        5e-3,
        gt=0.0,
        le=10.0,
        title="Decay of W",
        description="On the class vectors of a learned frame, with a half.",
        json_schema_extra={"format": "%.3g", "step": 1e-3},
    )
    feature_decay: float = Field(
        2e-3,
        gt=0.0,
        le=10.0,
        title="Decay of H",
        description="On every feature, of loss P, with a half.",
        json_schema_extra={"format": "%.3g", "step": 1e-3},
    )
    norm_decay: float = Field(
        6e-4,
        ge=0.0,
        le=10.0,
        title="lambda",
        description="Weight of (|h| - 1)^2, of all losses but P; 6e-4 in the paper.",
        json_schema_extra={"format": "%.3g", "step": 1e-4},
    )
    dim: int | None = Field(
        None,
        ge=1,
        le=MAX_DIM,
        title="Dimension d",
        description="Of the features; empty: as many as the frame needs, (f + 1) K.",
    )
    steps: int = Field(
        3000, ge=1, le=200_000, title="Steps", description="Of full-batch gradient descent."
    )
    learning_rate: float | None = Field(
        None,
        gt=0.0,
        le=1e6,
        title="Learning rate",
        description="On the loss of each sample by itself; empty: chosen from its curvature.",
        json_schema_extra={"format": "%.3g", "step": 0.01},
    )
    init_scale: float = Field(
        1.0,
        gt=0.0,
        le=100.0,
        title="Initial scale",
        description="Standard deviation of initial entries, in units of 1 / sqrt(d).",
    )
    seed: int = Field(0, ge=0, le=1_000_000, title="Seed", description="Of the initial features.")


class CentersSpec(CentersSettings):
    """A multi-center model: free features that are trained towards the centers of their class."""

    counts: tuple[int, ...] = Field(
        (100, 22, 5),
        min_length=2,
        max_length=MAX_CLASSES,
        title="Class counts",
        description="Training samples of each class.",
    )

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.counts)

    @property
    def num_samples(self) -> int:
        """N."""
        return sum(self.counts)

    @property
    def per_class(self) -> NDArray[np.int64]:
        """Centers f_k of each class, (K,)."""
        if self.strategy == "cal":
            return centers_per_class(self.counts, self.mean_centers)
        each = self.mean_centers if self.strategy == "al" else 1
        return np.full(self.num_classes, each, np.int64)

    @property
    def needed_dim(self) -> int:
        """F + K, the dimensions that the frame needs."""
        return int(self.per_class.sum()) + self.num_classes

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what cannot be computed, in words."""
        if min(self.counts) < 1:
            raise ValueError(f"counts must be at least 1 each, got {min(self.counts)}")
        if self.num_samples > MAX_SAMPLES:
            raise ValueError(f"counts must sum to at most {MAX_SAMPLES:,}, got {self.num_samples}")
        try:
            require_mean_centers(
                self.mean_centers, 2 if self.strategy == "cal" else 1, self.num_classes
            )
        except UserError as error:
            raise ValueError(str(error).removesuffix(".")) from error
        size = self.dim or self.needed_dim
        if size < self.needed_dim:
            raise ValueError(
                f"dim must be at least {self.needed_dim} for {self.num_classes} classes with "
                f"{self.needed_dim - self.num_classes} centers, got {size}"
            )
        if size * self.num_samples > MAX_NUMBERS:
            raise ValueError(
                f"features must hold at most {MAX_NUMBERS:,} numbers, "
                f"got {self.num_samples} x {size}"
            )
        if self.frame == "learned" and self.loss != "p":
            raise ValueError("a learned frame needs loss 'p': nothing else bounds its lengths")
        return self
