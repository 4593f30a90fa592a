"""Features of labelled texts: hashed n-grams through a small perceptron."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from app.data.build.cldr import read_names
from app.data.build.corpus import Texts
from app.data.build.features import measured
from app.data.build.kjv import read_verses
from app.data.build.perceptron import features_of, fit_perceptron, last_layer, versions
from app.data.build.recipe import TextRecipe
from app.data.build.split import Counts, split_rows, truncated_tail
from app.data.features import FeatureSet, Rows

_TEST_SHARE, _VALIDATION_SHARE = 0.3, 0.15
_READERS: dict[str, Callable[[int], Texts]] = {"cldr": read_names, "kjv": read_verses}


def make_text_features(
    name: str, recipe: TextRecipe, progress: Callable[[float, str], None]
) -> FeatureSet:
    """Read the texts of a set, split them, train the perceptron and look at all splits.

    Raises
    ------
    UserError
        If the package with the texts is not installed.
    """
    return text_features(name, recipe, _READERS[recipe.source](recipe.seed), progress)


def text_features(
    name: str, recipe: TextRecipe, data: Texts, progress: Callable[[float, str], None]
) -> FeatureSet:
    """Return the features of texts that were read already."""
    parts = part_sizes(recipe, np.bincount(data.labels))
    test, val, train = split_rows(data.labels, parts, recipe.seed)
    grams = HashingVectorizer(
        analyzer=recipe.analyzer,
        ngram_range=(1, recipe.longest),
        n_features=2**recipe.hash_bits,
        alternate_sign=False,
        token_pattern=r"\w+",
        dtype=np.float32,
    ).transform(data.texts)
    num_classes = len(data.class_names)
    network = fit_perceptron(recipe, grams[train], data.labels[train], num_classes, progress)
    weights, bias = last_layer(network)

    def seen(rows: NDArray[np.int64]) -> Rows:
        return Rows(features_of(network, grams[rows]), data.labels[rows])

    return measured(
        FeatureSet(
            name,
            train=seen(train),
            val=seen(val),
            test=seen(test),
            class_counts=parts["training"],
            class_names=data.class_names,
            weights=weights,
            bias=bias,
            metadata={
                **data.metadata,
                "title": recipe.title,
                "recipe": recipe.model_dump_json(),
                **versions(),
            },
        )
    )


def part_sizes(recipe: TextRecipe, available: Counts) -> dict[str, Counts]:
    """Return the test, validation and training rows of each class, (K,) each.

    Test rows come first, then validation rows, so that neither depends on the tail.
    """
    test = np.minimum(recipe.test_per_class, np.rint(_TEST_SHARE * available).astype(np.int64))
    val = np.minimum(
        recipe.validation_per_class, np.rint(_VALIDATION_SHARE * available).astype(np.int64)
    )
    train = (
        available - test - val
        if recipe.long_tail is None
        else truncated_tail(len(available), *recipe.long_tail)
    )
    return {"test": test, "validation": val, "training": train}
