"""Settings of an unconstrained-features model."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.spec import Spec

LossName = Literal["ce", "wce", "la", "cdt", "ldt", "vs", "ldam", "focal", "mse"]
Optimizer = Literal["gd", "momentum", "nesterov", "adam", "lbfgs"]

LOSS_WORDS: dict[LossName, str] = {
    "ce": "Cross-entropy",
    "wce": "Weighted cross-entropy",
    "la": "Logit-adjusted (LA)",
    "cdt": "Class-dependent temperature (CDT)",
    "ldt": "Label-dependent temperature (LDT)",
    "vs": "Vector scaling (VS)",
    "ldam": "LDAM",
    "focal": "Focal",
    "mse": "Squared error",
}

MAX_CLASSES = 200
MAX_DIM = 20_000
MAX_SAMPLES = 100_000_000
# Numbers of one full set of parameters and features that a run may hold.
MAX_NUMBERS = 4_000_000

Decay = Annotated[float, Field(ge=0.0, le=10.0, json_schema_extra={"format": "%.3g", "step": 1e-4})]


class UFMSettings(Spec):
    """Everything about an unconstrained-features model but its class counts.

    The objective is the mean loss over samples plus ``weight_decay / 2`` times the squared norm
    of the classifier, ``feature_decay / 2`` times that of all features and ``bias_decay / 2``
    times that of the bias; with ``convention="sum"`` the loss is summed instead of averaged.
    """

    dim: int = Field(20, ge=1, le=MAX_DIM, title="Dimension d", description="Of the features.")
    loss: LossName = Field("ce", title="Loss", description="What is minimised.")
    gamma: float = Field(
        0.0,
        ge=-3.0,
        le=3.0,
        title="gamma",
        description="Exponent of the class temperatures n_k^gamma of CDT, LDT and VS.",
    )
    tau: float = Field(
        0.0,
        ge=-5.0,
        le=5.0,
        title="tau",
        description="Strength of the additive term tau log(n_k / N) of LA and VS.",
    )
    focusing: float = Field(
        2.0, ge=0.0, le=10.0, title="Focusing", description="Exponent of the focal loss."
    )
    margin: float = Field(
        0.5, ge=0.0, le=10.0, title="Margin", description="Largest margin of LDAM."
    )
    weight_decay: Decay = Field(
        5e-4, title="Decay of W", description="On the classifier, with a half."
    )
    feature_decay: Decay = Field(
        5e-4, title="Decay of H", description="On every feature, with a half."
    )
    bias: bool = Field(False, title="Bias", description="Whether the classifier has a bias.")
    bias_decay: Decay = Field(0.0, title="Decay of b", description="On the bias, with a half.")
    convention: Literal["mean", "sum"] = Field(
        "mean", title="Loss is", description="Averaged or summed over the samples."
    )
    relu: bool = Field(False, title="ReLU", description="Whether features are at least zero.")
    classifier: Literal["learned", "etf"] = Field(
        "learned", title="Classifier", description="Learned, or fixed to a simplex ETF."
    )
    optimizer: Optimizer = Field("gd", title="Optimiser", description="How it is trained.")
    learning_rate: float | None = Field(
        None,
        gt=0.0,
        le=1e9,
        title="Learning rate",
        json_schema_extra={"format": "%.3g", "step": 1.0},
        description="Empty: chosen from class counts, loss and decays.",
    )
    momentum: float = Field(
        0.9, ge=0.0, le=0.9999, title="Momentum", description="Of the optimiser of that name."
    )
    steps: int = Field(
        20_000,
        ge=1,
        le=10_000_000,
        title="Steps",
        description="Full-batch steps, or iterations of L-BFGS.",
    )
    seed: int = Field(0, ge=0, le=1_000_000, title="Seed", description="Of the initial values.")
    init_scale: float = Field(
        1.0,
        ge=0.0,
        le=1e3,
        title="Initial scale",
        description="Standard deviation of initial entries, in units of 1 / sqrt(d).",
    )
    per_sample: bool = Field(
        False,
        title="Every sample",
        description="Train one feature a sample instead of one a class.",
    )
    dtype: Literal["float64", "float32"] = Field(
        "float64", title="Precision", description="Of the arithmetic."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", title="Device", description="Where it is computed."
    )


class UFMSpec(UFMSettings):
    """An unconstrained-features model: a linear classifier and free features, trained together."""

    counts: tuple[int, ...] = Field(
        (100, 100, 100, 100, 100, 10, 10, 10, 10, 10),
        min_length=2,
        max_length=MAX_CLASSES,
        title="Class counts",
        description="Training samples of each class, head class first.",
    )

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.counts)

    @property
    def num_samples(self) -> int:
        """N."""
        return sum(self.counts)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what cannot be computed, in words."""
        if min(self.counts) < 1:
            raise ValueError(f"counts must be at least 1 each, got {min(self.counts)}")
        if self.num_samples > MAX_SAMPLES:
            raise ValueError(f"counts must sum to at most {MAX_SAMPLES:,}, got {self.num_samples}")
        if self.classifier == "etf" and self.dim < self.num_classes - 1:
            raise ValueError(
                f"a fixed simplex ETF of {self.num_classes} classes needs dim of at least "
                f"{self.num_classes - 1}, got {self.dim}"
            )
        if self.optimizer == "lbfgs" and self.per_sample:
            raise ValueError(
                "optimizer 'lbfgs' trains class means only: choose another one, or per_sample off"
            )
        rows = self.num_classes + (self.num_samples if self.per_sample else self.num_classes)
        if rows * self.dim > MAX_NUMBERS:
            raise ValueError(
                f"classifier and features must hold at most {MAX_NUMBERS:,} numbers, "
                f"got {rows} x {self.dim}"
            )
        return self
