"""The objective of an unconstrained-features model: value and gradient.

A problem has rows of features. A row stands for ``copies`` samples of one class that share one
feature h, and is kept as ``u = sqrt(copies) h``, so that the squared norm of U is that of the
features of all samples. With one row a class this is the problem of class means, with
``copies = 1`` everywhere that of samples; the formulas are the same.

Samples of a class that start equal stay equal under gradient descent: each moves by the same
gradient, ``rate * dJ/dh_i = rate / sqrt(n_k) * dJ/du_k``, which is a step of the same rate in U.
Where the loss is convex in the logits (all but focal), samples of a class are moreover equal at
every global minimum: replacing them by their mean cannot raise the loss, by Jensen's inequality,
and lowers the squared norm unless they were equal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.losses import loss_form
from app.theory.simplex import simplex_etf
from app.ufm.spec import UFMSpec

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """What is minimised over classifier W (K, d), features U (R, d) and bias b (K,).

    ``sum_r weights_r l(W u_r / sqrt(copies_r) + b; labels_r) + weight_decay/2 ||W||^2
    + feature_decay/2 ||U||^2 + bias_decay/2 ||b||^2``

    The loss l of logits z and label k, with m_j = A[j,k] z_j + I[j,k] and p their softmax, is
    ``(1 - p_k)^focusing * (logsumexp(m) - m_k)``, or half of ``||z - e_k||^2`` if `squared`.

    Attributes
    ----------
    counts : (K,) int64
        Samples of each class.
    dim : int
        d.
    labels : (R,) int64
        Class of each row of features, ascending.
    copies : (R,)
        Samples a row stands for.
    weights : (R,)
        omega_k copies_r / N if the loss is averaged over samples, omega_k copies_r if summed.
    multipliers, offsets : (K, K)
        A and I, indexed [logit j, label k].
    focusing : float
        Exponent of the focal loss; 0 for the others.
    squared : bool
    weight_decay, feature_decay, bias_decay : float
    bias : bool
        Without it b is zero and stays so.
    relu : bool
        Whether U is constrained to be at least zero.
    fixed_classifier : (K, d) array or None
        W if it is not trained; its decay is then left out of the objective.
    """

    counts: NDArray[np.int64]
    dim: int
    labels: NDArray[np.int64]
    copies: Vector
    weights: Vector
    multipliers: Matrix
    offsets: Matrix
    focusing: float
    squared: bool
    weight_decay: float
    feature_decay: float
    bias_decay: float
    bias: bool
    relu: bool
    fixed_classifier: Matrix | None

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.counts)

    @property
    def num_rows(self) -> int:
        """R, of features."""
        return len(self.labels)

    @property
    def per_sample(self) -> bool:
        """Whether every sample has a row of its own."""
        return bool((self.copies == 1.0).all())


def problem_of(spec: UFMSpec, *, per_sample: bool = False) -> Problem:
    """Return the problem of class means (R = K) or of samples (R = N, sorted by class)."""
    counts = np.array(spec.counts, dtype=np.int64)
    num_classes = len(counts)
    labels = np.arange(num_classes)
    copies = counts.astype(np.float64)
    if per_sample:
        labels, copies = np.repeat(labels, counts), np.ones(counts.sum())
    multipliers, offsets, omega = _loss_terms(spec, counts)
    weights = omega[labels] * copies / (counts.sum() if spec.convention == "mean" else 1.0)
    return Problem(
        counts=counts,
        dim=spec.dim,
        labels=labels,
        copies=copies,
        weights=weights,
        multipliers=multipliers,
        offsets=offsets,
        focusing=spec.focusing if spec.loss == "focal" else 0.0,
        squared=spec.loss == "mse",
        weight_decay=0.0 if spec.classifier == "etf" else spec.weight_decay,
        feature_decay=spec.feature_decay,
        bias_decay=spec.bias_decay,
        bias=spec.bias,
        relu=spec.relu,
        fixed_classifier=simplex_etf(num_classes, spec.dim) if spec.classifier == "etf" else None,
    )


def _loss_terms(spec: UFMSpec, counts: NDArray[np.int64]) -> tuple[Matrix, Matrix, Vector]:
    """A, I and omega; those of cross-entropy for losses outside the general form."""
    form = loss_form(
        spec.loss if spec.loss != "focal" and spec.loss != "mse" else "ce",
        counts,
        gamma=spec.gamma,
        tau=spec.tau,
        margin=spec.margin,
    )
    return form.multipliers, form.offsets, form.weights


def logits(problem: Problem, W: Matrix, U: Matrix, b: Vector) -> Matrix:
    """Return the logits (K, R) of every row of features, one column a row."""
    return np.asarray(W @ (U / np.sqrt(problem.copies)[:, None]).T + b[:, None])


def row_losses(problem: Problem, z: Matrix) -> tuple[Vector, Matrix]:
    """Return the loss of every column of logits z (K, R), and its gradient in them (K, R).

    Everything is taken from margins to the label's own logit, so that a loss of 1e-30 keeps its
    relative precision, and so does its gradient.
    """
    rows = np.arange(problem.num_rows)
    own = problem.labels, rows
    if problem.squared:
        residual = z.copy()
        residual[own] -= 1.0
        return 0.5 * (residual**2).sum(axis=0), residual
    scale = problem.multipliers[:, problem.labels]
    margins = scale * z + problem.offsets[:, problem.labels]
    margins -= margins[own].copy()
    top = margins.max(axis=0)  # At least 0, the label's own margin.
    odds = np.exp(margins - top)
    mine = odds[own]
    odds[own] = 0.0
    others = odds.sum(axis=0)
    total = mine + others
    loss = np.where(top > 0.0, top + np.log(total), np.log1p(others))
    wrong = others / total
    odds[own] = -others
    gradient = scale * odds / total
    if problem.focusing == 0.0:
        return loss, gradient
    # d/dL of (1 - exp(-L))^f L, where 1 - exp(-L) = wrong; loss / wrong tends to 1 at 0.
    ratio = np.divide(loss, wrong, out=np.ones_like(loss), where=wrong > 0.0)
    factor = wrong**problem.focusing
    return factor * loss, factor * (1.0 + problem.focusing * mine / total * ratio) * gradient


def objective(problem: Problem, W: Matrix, U: Matrix, b: Vector) -> float:
    """Return the value of the objective; b is all zero in a problem without bias."""
    losses, _ = row_losses(problem, logits(problem, W, U, b))
    return float(problem.weights @ losses) + _decay(problem, W, U, b)


def value_and_gradient(
    problem: Problem, W: Matrix, U: Matrix, b: Vector
) -> tuple[float, Matrix, Matrix, Vector]:
    """Return the objective and its gradients in W (K, d), U (R, d) and b (K).

    The gradient of what is not trained (a fixed classifier, an absent bias) is zero. The
    constraint ``U >= 0`` is not part of it.
    """
    z = logits(problem, W, U, b)
    losses, slopes = row_losses(problem, z)
    slopes *= problem.weights
    inner = slopes / np.sqrt(problem.copies)
    gradient_W = inner @ U + problem.weight_decay * W
    gradient_U = inner.T @ W + problem.feature_decay * U
    gradient_b = slopes.sum(axis=1) + problem.bias_decay * b
    if problem.fixed_classifier is not None:
        gradient_W = np.zeros_like(W)
    if not problem.bias:
        gradient_b = np.zeros_like(b)
    value = float(problem.weights @ losses) + _decay(problem, W, U, b)
    return value, gradient_W, gradient_U, gradient_b


def _decay(problem: Problem, W: Matrix, U: Matrix, b: Vector) -> float:
    squares = (
        problem.weight_decay * np.vdot(W, W)
        + problem.feature_decay * np.vdot(U, U)
        + problem.bias_decay * np.vdot(b, b)
    )
    return float(0.5 * squares)
