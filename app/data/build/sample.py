"""From a recipe and images to the bytes of a sample file."""

import json
import platform
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.data.build.idx import ImageData
from app.data.build.network import Network
from app.data.build.recipe import Recipe
from app.data.build.split import long_tail_split
from app.data.build.train import Progress, extract_features, normalise, train
from app.longtail import class_counts

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Sample:
    """Arrays and metadata of one sample file (see assets/samples/README.md)."""

    arrays: Arrays
    metadata: dict[str, str]


def make_sample(recipe: Recipe, data: ImageData, progress: Progress) -> Sample:
    """Train on the long-tailed split and keep what the last layer sees of the other rows.

    Returns
    -------
    Sample
        Rows are the validation split, class by class, then the test set in its own order.
    """
    num_classes = len(data.class_names)
    counts = class_counts(num_classes, recipe.head_count, recipe.imbalance_ratio)
    rows, held_out = long_tail_split(
        data.train_labels, counts, recipe.validation_per_class, recipe.seed
    )
    images, labels = data.train_images[rows], data.train_labels[rows]
    inputs = normalise(images, images)
    network = train(recipe, inputs, torch.from_numpy(labels), num_classes, progress)

    train_features = extract_features(network, inputs)
    others = np.concatenate([data.train_images[held_out], data.test_images])
    arrays = {
        **score(network, extract_features(network, normalise(others, images))),
        **class_statistics(train_features, labels, num_classes),
        "labels": np.concatenate([data.train_labels[held_out], data.test_labels]),
        "split": np.repeat([0, 1], [len(held_out), len(data.test_labels)]),
        "class_counts": counts,
    }
    fitted = score(network, train_features)["logits"].argmax(axis=1) == labels
    return Sample(arrays, _metadata(recipe, data, arrays, float(fitted.mean())))


def score(network: Network, features: NDArray[np.float32]) -> Arrays:
    """Round features to float16 and compute the logits of exactly those.

    Returns
    -------
    dict of arrays
        ``features`` (N, d) float16; ``weights`` (K, d), ``bias`` (K,) and ``logits`` (N, K)
        float32, with ``logits`` = ``features @ weights.T + bias`` summed in float64.
    """
    rounded = features.astype(np.float16)
    weights = network.classifier.weight.detach().numpy().copy()
    bias = network.classifier.bias.detach().numpy().copy()
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


def _metadata(
    recipe: Recipe, data: ImageData, arrays: Arrays, train_accuracy: float
) -> dict[str, str]:
    judge = arrays["split"] == 1
    hits = arrays["logits"][judge].argmax(axis=1) == arrays["labels"][judge]
    return {
        "class_names": json.dumps(data.class_names),
        "title": recipe.title,
        "recipe": recipe.model_dump_json(),
        "train_accuracy": f"{train_accuracy:.6f}",
        "test_accuracy": f"{hits.mean():.6f}",
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": str(torch.get_num_threads()),
        "machine": platform.machine(),
    }
