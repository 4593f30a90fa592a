"""A small convolutional network whose last layer is the object of study."""

import torch
from torch import Tensor, nn

from app.data.build.recipe import Recipe
from app.theory.simplex import simplex_etf


class Network(nn.Module):
    """Four 3 x 3 convolutions, average pooling, a linear classifier with bias.

    Each convolution is followed by batch normalisation and ReLU, and the features are averages
    over positions after the last ReLU, so they are non-negative as in a ResNet.
    With ``recipe.classifier == "etf"`` the classifier rows are a frozen simplex ETF of unit rows
    and only the bias is trained (Hasegawa and Sato, 2025, class ETFClassifier of their code).
    """

    def __init__(self, recipe: Recipe, num_classes: int) -> None:
        super().__init__()
        width, dim = recipe.width, recipe.dim
        self.body = nn.Sequential(
            *_block(1, width),
            nn.MaxPool2d(2),
            *_block(width, 2 * width),
            nn.MaxPool2d(2),
            *_block(2 * width, 2 * width),
            *_block(2 * width, dim),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(dim, num_classes)
        if recipe.classifier == "etf":
            _freeze_as_etf(self.classifier, recipe.seed)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (B, d) and logits (B, K) of normalised images (B, 1, height, width)."""
        features = self.body(images)
        return features, self.classifier(features)


def create_network(recipe: Recipe, num_classes: int) -> Network:
    """Initialise a network from ``recipe.seed`` and leave torch's global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        # Channels last makes convolutions on the CPU a third faster.
        network: Network = Network(recipe, num_classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return conv, nn.BatchNorm2d(outputs), nn.ReLU()


def _freeze_as_etf(classifier: nn.Linear, seed: int) -> None:
    """Fix the rows to a simplex ETF and draw the bias from U(-1/d, 1/d)."""
    num_classes, dim = classifier.weight.shape
    with torch.no_grad():
        classifier.weight.copy_(torch.from_numpy(simplex_etf(num_classes, dim, seed)))
        classifier.bias.uniform_(-1 / dim, 1 / dim)
    classifier.weight.requires_grad_(False)
