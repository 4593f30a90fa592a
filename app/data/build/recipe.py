"""What a bundled sample is built with, as values."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """Settings of one training run; everything that decides the numbers in the file.

    The long tail follows the CIFAR-LT convention: class 0 of the data set is the head, the last
    class the tail. The optimiser is the one of the neural-collapse literature (SGD with momentum,
    weight decay on every trained parameter, cosine decay of the rate to zero, no augmentation), so
    that the training error reaches zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(description="One line to show beside the sample.")
    head_count: int = Field(5000, ge=1, description="Training images of the head class.")
    imbalance_ratio: float = Field(100.0, ge=1, description="Head count over tail count.")
    validation_per_class: int = Field(
        200, ge=1, description="Images of each class set aside to tune on; never trained on."
    )
    classifier: Literal["linear", "etf"] = Field(
        "linear", description="Learned rows, or the frozen unit rows of a simplex ETF."
    )
    width: int = Field(32, ge=1, description="Channels of the first convolution.")
    dim: int = Field(64, ge=1, description="Feature dimension d.")
    epochs: int = Field(40, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(0.05, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-4, ge=0, description="Half this times the squared parameters.")
    feature_decay: float = Field(
        0.0, ge=0, description="Half this times the mean squared feature norm is added to the loss."
    )
    seed: int = Field(0, ge=0)


RECIPES: dict[str, Recipe] = {
    "fashion-lt": Recipe(title="Fashion-MNIST-LT, learned linear classifier"),
    "fashion-lt-etf": Recipe(
        title="Fashion-MNIST-LT, fixed simplex-ETF classifier",
        classifier="etf",
        feature_decay=1e-2,
    ),
}
