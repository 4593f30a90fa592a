"""From a recipe and images to the bytes of a sample file."""

import json
import platform
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.data.build.features import measured
from app.data.build.idx import ImageData
from app.data.build.network import Network
from app.data.build.recipe import Recipe
from app.data.build.split import long_tail_split
from app.data.build.train import Progress, extract_features, normalise, train
from app.data.features import FeatureSet, Rows
from app.longtail import class_counts

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Sample:
    """Arrays and metadata of one sample file (see assets/samples/README.md)."""

    arrays: Arrays
    metadata: dict[str, str]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network, and the rows it was and was not trained on.

    Attributes
    ----------
    recipe : Recipe
    network : Network
    class_names : tuple of K str
    class_counts : (K,) int64 array
    train, val, test : Rows
        As the last layer sees them; validation class by class, test in its own order.
    """

    recipe: Recipe
    network: Network
    class_names: tuple[str, ...]
    class_counts: NDArray[np.int64]
    train: Rows
    val: Rows
    test: Rows


def fit(recipe: Recipe, data: ImageData, progress: Progress) -> Fitted:
    """Train on the long-tailed split and look at all three splits."""
    num_classes = len(data.class_names)
    counts = class_counts(num_classes, recipe.head_count, recipe.imbalance_ratio)
    rows, held_out = long_tail_split(
        data.train_labels, counts, recipe.validation_per_class, recipe.seed
    )
    images, labels = data.train_images[rows], data.train_labels[rows]
    inputs = normalise(images, images)
    network = train(recipe, inputs, torch.from_numpy(labels), num_classes, progress)

    def seen(part: NDArray[np.uint8], part_labels: NDArray[np.int64]) -> Rows:
        return Rows(extract_features(network, normalise(part, images)), part_labels)

    return Fitted(
        recipe,
        network,
        data.class_names,
        counts,
        train=seen(images, labels),
        val=seen(data.train_images[held_out], data.train_labels[held_out]),
        test=seen(data.test_images, data.test_labels),
    )


def make_sample(fitted: Fitted) -> Sample:
    """Keep what the last layer sees of the rows it was not trained on.

    Returns
    -------
    Sample
        Rows are the validation split, class by class, then the test set in its own order.
    """
    val, test = fitted.val, fitted.test
    arrays = {
        **score(fitted.network, np.concatenate([val.features, test.features])),
        **class_statistics(fitted.train.features, fitted.train.labels, len(fitted.class_counts)),
        "labels": np.concatenate([val.labels, test.labels]),
        "split": np.repeat([0, 1], [len(val.labels), len(test.labels)]),
        "class_counts": fitted.class_counts,
    }
    return Sample(arrays, _metadata(fitted, arrays))


def make_features(fitted: Fitted, name: str) -> FeatureSet:
    """Keep what the last layer sees of all rows, and that layer."""
    weights, bias = _classifier(fitted.network)
    return measured(
        FeatureSet(
            name,
            train=fitted.train,
            val=fitted.val,
            test=fitted.test,
            class_counts=fitted.class_counts,
            class_names=fitted.class_names,
            weights=weights,
            bias=bias,
            metadata={"title": fitted.recipe.title, **_recipe_and_versions(fitted.recipe)},
        )
    )


def score(network: Network, features: NDArray[np.float32]) -> Arrays:
    """Round features to float16 and compute the logits of exactly those.

    Returns
    -------
    dict of arrays
        ``features`` (N, d) float16; ``weights`` (K, d), ``bias`` (K,) and ``logits`` (N, K)
        float32, with ``logits`` = ``features @ weights.T + bias`` summed in float64.
    """
    rounded = features.astype(np.float16)
    weights, bias = _classifier(network)
    logits = rounded.astype(np.float64) @ weights.T.astype(np.float64) + bias
    return {
        "features": rounded,
        "weights": weights,
        "bias": bias,
        "logits": logits.astype(np.float32),
    }


def class_statistics(
    features: NDArray[np.float32], labels: NDArray[np.int64], num_classes: int
) -> Arrays:
    """Summarise training features (N, d) by class.

    Returns
    -------
    dict of arrays
        ``class_means`` (K, d) float32, and ``class_spread`` (K,) float32, the root mean squared
        distance of a class's features to their mean.
    """
    groups = [features[labels == k].astype(np.float64) for k in range(num_classes)]
    means = np.stack([group.mean(axis=0) for group in groups])
    spread = [
        np.sqrt(np.square(group - mean).sum(axis=1).mean())
        for group, mean in zip(groups, means, strict=True)
    ]
    return {
        "class_means": means.astype(np.float32),
        "class_spread": np.array(spread, dtype=np.float32),
    }


def _classifier(network: Network) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    layer = network.classifier
    return layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()


def _metadata(fitted: Fitted, arrays: Arrays) -> dict[str, str]:
    judge = arrays["split"] == 1
    hits = arrays["logits"][judge].argmax(axis=1) == arrays["labels"][judge]
    fitted_logits = score(fitted.network, fitted.train.features)["logits"]
    train_hits = fitted_logits.argmax(axis=1) == fitted.train.labels
    return {
        "class_names": json.dumps(fitted.class_names),
        "title": fitted.recipe.title,
        "train_accuracy": f"{train_hits.mean():.6f}",
        "test_accuracy": f"{hits.mean():.6f}",
        **_recipe_and_versions(fitted.recipe),
    }


def _recipe_and_versions(recipe: Recipe) -> dict[str, str]:
    return {
        "recipe": recipe.model_dump_json(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": str(torch.get_num_threads()),
        "machine": platform.machine(),
    }
