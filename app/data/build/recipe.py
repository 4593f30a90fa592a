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


class PerceptronRecipe(BaseModel):
    """Settings of a perceptron with one hidden layer of ReLU, whose values are the features.

    Adam (Kingma and Ba, 2015) at a constant rate on cross-entropy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dim: int = Field(ge=1, description="Hidden units, the feature dimension d.")
    epochs: int = Field(ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(
        1e-4, ge=0, description="Half this times the squared weights is added to the summed loss."
    )
    seed: int = Field(0, ge=0)


class TextRecipe(PerceptronRecipe):
    """Settings of one feature set of texts.

    Of each class ``test_per_class`` and ``validation_per_class`` texts are set aside, but at most
    30 % and 15 %; the others are for training.
    """

    title: str = Field(description="One line to show beside the set.")
    source: Literal["cldr", "kjv"] = Field(description="Where the texts come from.")
    analyzer: Literal["char_wb", "word"] = Field(
        description="n-grams of characters within words, or of words."
    )
    longest: int = Field(ge=1, description="All n-grams from 1 to this length are counted.")
    hash_bits: int = Field(ge=4, le=20, description="n-grams are hashed into 2 to this columns.")
    long_tail: tuple[int, float] | None = Field(
        None, description="Head count and imbalance ratio; none keeps the natural tail."
    )
    validation_per_class: int = Field(20, ge=1)
    test_per_class: int = Field(50, ge=1)


TEXT_RECIPES: dict[str, TextRecipe] = {
    "cldr-lt": TextRecipe(
        title="Names in 100 languages, counts of CIFAR100-LT",
        source="cldr",
        analyzer="char_wb",
        longest=4,
        # So few columns that stage 1 is about as good as on CIFAR100-LT.
        hash_bits=9,
        dim=128,
        epochs=80,
        long_tail=(500, 100.0),
    ),
    "kjv-books": TextRecipe(
        title="Verses of the 66 books of the King James Bible",
        source="kjv",
        analyzer="word",
        longest=2,
        hash_bits=15,
        dim=64,
        epochs=14,
    ),
}
