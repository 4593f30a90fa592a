"""A perceptron with one hidden layer: the encoder of the small feature sets."""

import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
import sklearn
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from app.data.build.recipe import PerceptronRecipe

Inputs = NDArray[np.float32] | scipy.sparse.csr_matrix


def fit_perceptron(
    recipe: PerceptronRecipe,
    inputs: Inputs,
    labels: NDArray[np.int64],
    num_classes: int,
    progress: Callable[[float, str], None] = lambda share, text: None,
) -> Any:
    """Train on cross-entropy.

    Parameters
    ----------
    recipe : PerceptronRecipe
    inputs : (N, D) float32 array or sparse matrix
    labels : (N,) int64 array
        0..K-1, at least 3 classes.
    num_classes : int
        K.
    progress : callable
        Called with the share of epochs done and a line of text.

    Returns
    -------
    sklearn.neural_network.MLPClassifier
    """
    network = MLPClassifier(
        (recipe.dim,),
        alpha=recipe.weight_decay,
        batch_size=min(recipe.batch_size, len(labels)),
        learning_rate_init=recipe.learning_rate,
        # An integer would put the rows in the same order in every call of partial_fit.
        random_state=np.random.RandomState(recipe.seed),
    )
    classes = np.arange(num_classes)
    for epoch in range(1, recipe.epochs + 1):
        network.partial_fit(inputs, labels, classes=classes)
        progress(epoch / recipe.epochs, f"epoch {epoch}, loss {network.loss_:.4f}")
    return network


def features_of(network: Any, inputs: Inputs) -> NDArray[np.float32]:
    """Return the values (N, d) of the hidden layer, at least 0."""
    hidden: NDArray[np.float32] = inputs @ network.coefs_[0] + network.intercepts_[0]
    return np.maximum(hidden, 0).astype(np.float32)


def last_layer(network: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (K, d) and bias (K,) of the layer on top of the features."""
    weights = np.ascontiguousarray(network.coefs_[1].T, dtype=np.float32)
    return weights, network.intercepts_[1].astype(np.float32)


def versions() -> dict[str, str]:
    """Return what decides the numbers beside the recipe."""
    return {
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
