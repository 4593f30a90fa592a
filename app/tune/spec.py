"""The settings of a tuning session: one model for the page, its URL and the command line."""

from typing import Literal, Self

from pydantic import Field, model_validator

from app.adjust.adjusters import AdjusterName
from app.adjust.metrics import MetricName
from app.adjust.pairwise import Ties
from app.adjust.protocol import Judge
from app.spec import Spec


class TuneSpec(Spec):
    """What is tuned, for what, and what judges it. The data themselves are not part of it."""

    data: str = Field("", max_length=60, title="Data", description="Bundled sample, or empty.")
    adjusters: tuple[AdjusterName, ...] = Field(
        ("mla", "ala", "1vs1", "tau-norm", "vs"),
        title="Adjusters",
        description="Rules to tune and compare. Raw logits are always judged beside them.",
    )
    metric: MetricName = Field(
        "balanced_accuracy",
        title="Metric",
        description="What tuning maximises. Balanced accuracy is the mean recall over classes; "
        "Many, Medium and Few are mean recalls of frequency groups.",
    )
    low: float = Field(
        0.0, ge=-2, le=5, title="From", description="Smallest parameter searched (gamma or tau)."
    )
    high: float = Field(
        3.0, ge=-2, le=5, title="To", description="Largest parameter searched (gamma or tau)."
    )
    judge: Judge = Field(
        "folds",
        title="Judged on",
        description="Which data judge the tuned parameters: stratified folds, the split in the "
        "file, or the tuning data themselves, which flatters.",
    )
    folds: int = Field(5, ge=2, le=20, title="Folds", description="Number of stratified folds.")
    seed: int = Field(
        0, ge=0, le=2**31 - 1, title="Seed", description="Shuffles the folds, draws the bootstrap."
    )
    samples: int = Field(
        200, ge=20, le=2000, title="Bootstrap", description="Bootstrap replicates of the tuning."
    )
    scale: Literal["as-is", "log", "center"] = Field(
        "as-is",
        title="Scores are",
        description="As is; or logarithms (of probabilities) minus each row's mean; or centred, "
        "minus each row's mean. MLA depends on where zero is.",
    )
    prior: Literal["balanced", "train", "custom"] = Field(
        "balanced",
        title="Classes at test time",
        description="Class shares ALA adapts to: equal, as in training, or typed in (PC-softmax).",
    )
    custom_prior: tuple[float, ...] = Field(
        (), max_length=1000, title="Shares", description="One positive number a class."
    )
    ties: Ties = Field(
        "margin",
        title="Ties of 1vs1",
        description="A tie of votes goes to the class with the better duels, or to the head "
        "class as in the authors' code.",
    )
    norms: bool = Field(
        False,
        title="Feature norms in 1vs1",
        description="Use the norms of the mean training features, if the file holds them.",
    )
    angles: Literal["etf", "weights"] = Field(
        "etf",
        title="Angles in 1vs1",
        description="Between class vectors: those of a simplex ETF, as in the paper, or of the "
        "file's classifier weights.",
    )
    many: int = Field(
        100, ge=1, le=10**7, title="Many: more than", description="Training samples of a class."
    )
    few: int = Field(
        20, ge=1, le=10**7, title="Few: fewer than", description="Training samples of a class."
    )
    groups: bool = Field(
        False, title="Show groups", description="Draw Many, Medium and Few of “Look at” as well."
    )
    focus: AdjusterName = Field(
        "mla", title="Look at", description="Adjuster whose gains and losses are shown."
    )
    value: float | None = Field(
        None,
        ge=-2,
        le=5,
        title="Chosen value",
        description="Parameter of “Look at” chosen by hand; without one, its tuned optimum.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"'From' must be below 'To', got {self.low:g} and {self.high:g}")
        if self.few > self.many + 1:
            raise ValueError(f"'Few' must be at most 'Many' + 1, got {self.few} and {self.many}")
        return self
