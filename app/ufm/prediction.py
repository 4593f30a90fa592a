"""Which closed form predicts where a model's training leads, if one does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.losses import class_temperatures
from app.runs import Run
from app.theory import relu_collapse, seli, simplex_etf
from app.ufm.spec import LossName, UFMSpec

Array = NDArray[np.float64]

# Additive terms and class weights leave no trace in the limit of vanishing decay. Of losses that
# are not named, focal and squared error, no closed form of the limit is known.
_LIMIT_OF: dict[LossName, str] = {
    "ce": "ce",
    "wce": "ce",
    "la": "ce",
    "ldam": "ce",
    "cdt": "cdt",
    "vs": "cdt",
    "ldt": "ldt",
}


@dataclass(frozen=True, eq=False)
class Prediction:
    """A geometry to compare a run with.

    Attributes
    ----------
    name : str
        The field's name of it, short.
    statement : str
        One sentence: what it is, when it holds, and where it is from.
    exact : bool
        Whether it is the optimum at the decays of the spec; else the limit of vanishing decay.
    classifier, means : (K, r) array
        In coordinates of their own: compare by Gram matrices or after a rotation.
    """

    name: str
    statement: str
    exact: bool
    classifier: Array
    means: Array

    @property
    def classifier_gram(self) -> Array:
        """W W^T, (K, K)."""
        return np.asarray(self.classifier @ self.classifier.T)

    @property
    def embedding_gram(self) -> Array:
        """H H^T, (K, K)."""
        return np.asarray(self.means @ self.means.T)

    @property
    def logits(self) -> Array:
        """W H^T, (K, K); column k holds the logits of class k."""
        return np.asarray(self.classifier @ self.means.T)

    def scaled_to(self, classifier: Array, means: Array) -> tuple[Array, Array]:
        """Classifier and means of the prediction; one of ratios alone gets a run's total norms."""
        if self.exact:
            return self.classifier, self.means
        pairs = (classifier, self.classifier), (means, self.means)
        scaled = [own * np.linalg.norm(run) / (np.linalg.norm(own) or 1.0) for run, own in pairs]
        return scaled[0], scaled[1]


def predict(spec: UFMSpec) -> Prediction | None:
    """Return the closed form for a model; None where none is known to hold.

    Known are cross-entropy on ReLU features without bias, at any decay, and for free features
    without ReLU the limit of vanishing decay of every loss but focal and squared error. It is
    also where gradient descent without any decay tends in direction.
    """
    if spec.classifier == "etf":
        return None
    if (spec.weight_decay == 0) != (spec.feature_decay == 0):
        return None
    if spec.relu:
        return _frame(spec)
    if spec.dim < spec.num_classes - 1 or spec.loss not in _LIMIT_OF:
        return None
    return _limit(spec)


def _frame(spec: UFMSpec) -> Prediction | None:
    if spec.loss != "ce" or spec.bias or spec.weight_decay == 0:
        return None
    scale = spec.num_samples if spec.convention == "sum" else 1.0
    collapse = relu_collapse(spec.counts, spec.weight_decay / scale, spec.feature_decay / scale)
    alive = int((~collapse.collapsed).sum())
    if alive > spec.dim:
        return None
    gone = (
        f"; {spec.num_classes - alive} classes collapse to zero" if alive < spec.num_classes else ""
    )
    return Prediction(
        "orthogonal frame",
        "Features of different classes are orthogonal, with norms in closed form, at the "
        f"global optimum for exactly these decays (Dang et al., arXiv 2401.02058){gone}.",
        True,
        collapse.classifier(),
        collapse.means(),
    )


def _limit(spec: UFMSpec) -> Prediction:
    kind = _LIMIT_OF[spec.loss]
    ratio = spec.feature_decay / spec.weight_decay if spec.weight_decay else 1.0
    if kind == "ce" or spec.gamma == 0:
        geometry = seli(spec.counts, decay_ratio=ratio)
        even = len(set(spec.counts)) == 1
        name = "simplex ETF" if even else "SELI"
        source = "Papyan et al., 2020" if even else "Thrampoulidis et al., arXiv 2208.05512"
    else:
        delta = class_temperatures(spec.counts, spec.gamma)
        geometry = seli(spec.counts, "cdt" if kind == "cdt" else "ldt", delta, ratio)
        name = f"{kind.upper()} geometry"
        source = "Behnia et al., arXiv 2303.07608"
    return Prediction(
        name,
        f"The {name} is where the optimum tends as the decays vanish ({source}); at finite decay "
        "the optimum is some way off, which the dashed lines show.",
        False,
        geometry.classifier(),
        geometry.means(),
    )


def balanced_prediction(num_classes: int) -> Prediction:
    """Return the simplex ETF, to compare with where nothing is known to hold."""
    frame = simplex_etf(num_classes)
    return Prediction(
        "simplex ETF",
        "For this model neither a closed form nor an optimum is known (with one decay zero norms "
        "grow for ever); the geometry of balanced classes stands here for comparison.",
        False,
        frame,
        frame,
    )


def as_prediction(optimum: Run) -> Prediction:
    """Return a solved run as what to compare others with."""
    return Prediction(
        "optimum",
        "The best point found at these decays; the certificate says how far from optimal it can "
        "be.",
        True,
        np.asarray(optimum.arrays["classifier"]),
        np.asarray(optimum.arrays["means"]),
    )
