"""Many class-mean problems of one kind as arrays with a leading axis, for batched formulas."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.losses import LossForm
from app.ufm.problem import Problem

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stack:
    """B problems of equal `kind_of`; with B = 1 it broadcasts over many points of one problem.

    Attributes
    ----------
    form : LossForm
        Multipliers and offsets (B, K, K); its weights (B, K) are those of the classes in the
        objective, counts and averaging included.
    roots : (B, K)
        sqrt(n_k).
    weight_decay, feature_decay, bias_decay, focusing : (B,)
    squared, bias, relu : bool
    fixed_classifier : (B, K, d) array or None
    """

    form: LossForm
    roots: FloatArray
    weight_decay: FloatArray
    feature_decay: FloatArray
    bias_decay: FloatArray
    focusing: FloatArray
    squared: bool
    bias: bool
    relu: bool
    fixed_classifier: FloatArray | None

    @property
    def threshold(self) -> FloatArray:
        """lam, the geometric mean of both decays, (B,)."""
        return np.sqrt(self.weight_decay) * np.sqrt(self.feature_decay)

    @property
    def bias_metric(self) -> FloatArray:
        """About the inverse curvature of a normalized objective in the bias, (B,).

        For softmax losses near the optimum the misses c_k (1 - p_k) / lam are about sqrt(n_k).
        """
        curvature = self.form.weights.sum(axis=-1)
        if not self.squared:
            curvature = np.minimum(curvature / self.roots.shape[-1], self.roots.mean(axis=-1))
        return np.asarray(1.0 / (curvature + self.bias_decay))

    def normalized(self) -> tuple["Stack", FloatArray, FloatArray]:
        """The same problems in units that put all numbers near one.

        Returns
        -------
        stack : Stack
            With both decays 1, and J in units of lam; with a fixed classifier, of feature_decay.
        scale_W, scale_U : (B, 1, 1) arrays
            What classifier and features of that stack are to be multiplied by.
        """
        if self.fixed_classifier is not None:
            unit, scale_W = self.feature_decay, np.ones_like(self.feature_decay)
        else:
            unit = self.threshold
            scale_W = np.sqrt(self.feature_decay / unit)
        form = replace(self.form, weights=self.form.weights / unit[:, None])
        learned = np.full_like(unit, float(self.fixed_classifier is None))
        stack = replace(
            self,
            form=form,
            weight_decay=learned,
            feature_decay=np.ones_like(unit),
            bias_decay=self.bias_decay / unit,
        )
        return stack, scale_W[:, None, None], 1.0 / scale_W[:, None, None]

    def take(self, rows: NDArray[np.intp]) -> "Stack":
        """The problems of some rows."""
        form, fixed = self.form, self.fixed_classifier
        return replace(
            self,
            form=LossForm(form.multipliers[rows], form.offsets[rows], form.weights[rows]),
            roots=self.roots[rows],
            weight_decay=self.weight_decay[rows],
            feature_decay=self.feature_decay[rows],
            bias_decay=self.bias_decay[rows],
            focusing=self.focusing[rows],
            fixed_classifier=None if fixed is None else fixed[rows],
        )

    def logits(self, W: FloatArray, U: FloatArray, b: FloatArray) -> FloatArray:
        """Logits (B, K, K), one column a class, of W (B, K, d), U (B, K, d) and b (B, K)."""
        products = W @ np.swapaxes(U, -1, -2)
        return np.asarray(products / self.roots[:, None, :] + b[..., :, None])

    def losses(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Loss of one sample a class, (B, K), and its residuals (B, K, K).

        Residuals are the label's indicator minus the softmax, or minus the logits for squared
        error; for the focal loss they are scaled. The gradient of the loss is ``-A * residuals``.
        """
        if self.squared:
            residuals = np.eye(logits.shape[-1]) - logits
            return 0.5 * (residuals**2).sum(axis=-2), residuals
        losses, residuals = self.form.class_losses(logits)
        if not self.focusing.any():
            return losses, residuals
        missed = np.einsum("...kk->...k", residuals)
        ratio = np.divide(losses, missed, out=np.ones_like(losses), where=missed > 0.0)
        exponent = self.focusing[:, None]
        factor = missed**exponent * (1.0 + exponent * (1.0 - missed) * ratio)
        return losses * missed**exponent, residuals * factor[..., None, :]

    def objective(self, W: FloatArray, U: FloatArray, b: FloatArray) -> FloatArray:
        """J, (B,)."""
        losses, _ = self.losses(self.logits(W, U, b))
        decay = self.weight_decay * (W**2).sum(axis=(-2, -1))
        decay = decay + self.feature_decay * (U**2).sum(axis=(-2, -1))
        decay = decay + self.bias_decay * (b**2).sum(axis=-1)
        return np.asarray((self.form.weights * losses).sum(axis=-1) + 0.5 * decay)


def kind_of(problem: Problem) -> tuple[int, int, bool, bool, bool, bool, bool]:
    """What problems must share to be stacked."""
    return (
        problem.num_classes,
        problem.dim,
        problem.squared,
        problem.focusing > 0.0,
        problem.bias,
        problem.relu,
        problem.fixed_classifier is not None,
    )


def stack_of(problems: Sequence[Problem]) -> Stack:
    """Stack class-mean problems of equal `kind_of`."""
    first = problems[0]
    return Stack(
        form=LossForm(
            np.stack([problem.multipliers for problem in problems]),
            np.stack([problem.offsets for problem in problems]),
            np.stack([problem.weights for problem in problems]),
        ),
        roots=np.sqrt(np.stack([problem.copies for problem in problems])),
        weight_decay=np.array([problem.weight_decay for problem in problems]),
        feature_decay=np.array([problem.feature_decay for problem in problems]),
        bias_decay=np.array([problem.bias_decay for problem in problems]),
        focusing=np.array([problem.focusing for problem in problems]),
        squared=first.squared,
        bias=first.bias,
        relu=first.relu,
        fixed_classifier=None
        if first.fixed_classifier is None
        else np.stack([np.asarray(problem.fixed_classifier) for problem in problems]),
    )
