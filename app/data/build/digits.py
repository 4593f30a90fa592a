"""The digits of scikit-learn as a small feature set, made in a moment and stored nowhere."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from app.data.build.features import measured
from app.data.build.perceptron import features_of, fit_perceptron, last_layer, versions
from app.data.build.recipe import PerceptronRecipe
from app.data.build.split import split_rows
from app.data.features import FeatureSet, Rows
from app.longtail import class_counts

RECIPE = PerceptronRecipe(dim=64, epochs=60, batch_size=32, learning_rate=2e-3)
_HEAD, _RATIO, _TEST, _VALIDATION = 100, 100.0, 50, 20


def make_digits() -> FeatureSet:
    """Train a perceptron on 100 zeros down to 1 nine and look at the other digits with it."""
    data = load_digits()
    labels = data.target.astype(np.int64)
    counts = class_counts(10, _HEAD, _RATIO)
    parts = {"test": np.full(10, _TEST), "validation": np.full(10, _VALIDATION)}
    test, val, train = split_rows(labels, {**parts, "training": counts}, RECIPE.seed)
    pixels = (data.data / 16).astype(np.float32)
    network = fit_perceptron(RECIPE, pixels[train], labels[train], 10)
    weights, bias = last_layer(network)

    def seen(rows: NDArray[np.int64]) -> Rows:
        return Rows(features_of(network, pixels[rows]), labels[rows])

    return measured(
        FeatureSet(
            "digits-lt",
            train=seen(train),
            val=seen(val),
            test=seen(test),
            class_counts=counts,
            class_names=tuple("0123456789"),
            weights=weights,
            bias=bias,
            metadata={
                "title": "Handwritten digits of scikit-learn, 100 zeros to 1 nine",
                "licence": "CC BY 4.0 (UCI), as distributed with scikit-learn (BSD-3-Clause)",
                "provenance": "test part of Alpaydin and Kaynak (1998), "
                "Optical Recognition of Handwritten Digits",
                "recipe": RECIPE.model_dump_json(),
                **versions(),
            },
        )
    )
