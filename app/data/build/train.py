"""Training a network and reading off its features."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from app.data.build.network import Network, create_network
from app.data.build.recipe import Recipe

Progress = Callable[[float, str], None]


def normalise(images: NDArray[np.uint8], reference: NDArray[np.uint8]) -> Tensor:
    """Give grey levels the mean 0 and deviation 1 that ``reference`` would get.

    Returns
    -------
    (N, 1, height, width) float32 tensor
    """
    scaled = (images - float(reference.mean())) / float(reference.std())
    return torch.from_numpy(scaled.astype(np.float32))[:, None]


def train(
    recipe: Recipe, images: Tensor, labels: Tensor, num_classes: int, progress: Progress
) -> Network:
    """Train on cross-entropy plus the recipe's decays.

    Parameters
    ----------
    recipe : Recipe
    images : (N, 1, height, width) float32 tensor
    labels : (N,) int64 tensor
    num_classes : int
        K.
    progress : callable
        Called with the share of epochs done and a line of text.

    Returns
    -------
    Network
        In evaluation mode. The result is a function of the arguments on one machine and number
        of threads; no global random state is used or changed.
    """
    network = create_network(recipe, num_classes).train()
    generator = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.SGD(
        [p for p in network.parameters() if p.requires_grad],
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    batch = min(recipe.batch_size, len(images))
    steps = recipe.epochs * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(images), generator=generator)
        losses = []
        # An incomplete last batch is left out: its batch statistics would be noise.
        for rows in torch.split(order[: len(images) // batch * batch], batch):
            features, logits = network(images[rows])
            loss = functional.cross_entropy(logits, labels[rows])
            loss = loss + recipe.feature_decay / 2 * features.square().sum(dim=1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        progress((epoch + 1) / recipe.epochs, f"epoch {epoch + 1}, loss {np.mean(losses):.4f}")
    return network.eval()


@torch.no_grad()
def extract_features(network: Network, images: Tensor, batch: int = 500) -> NDArray[np.float32]:
    """Return the features (N, d) of images."""
    return np.concatenate([network(part)[0].numpy() for part in torch.split(images, batch)])
