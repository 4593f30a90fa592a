"""The one formula behind the cross-entropy losses of long-tailed learning.

For a sample of class k with logits z, every loss here except focal and squared error is

    omega_k * [ logsumexp_j(A[j,k] z_j + I[j,k]) - (A[k,k] z_k + I[k,k]) ].

Additive terms I enter with the sign used in training: a frequent class gets a head start while
training, so that it has none at prediction, which uses the plain z.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.errors import UserError

FloatArray = NDArray[np.float64]
FormName = Literal["ce", "wce", "la", "cdt", "ldt", "vs", "ldam"]
Normalization = Literal["mean", "max"]

MAX_EXPONENT = 10.0


@dataclass(frozen=True, eq=False)
class LossForm:
    """A cross-entropy with class-dependent multipliers, offsets and weights.

    Attributes
    ----------
    multipliers : (K, K) array
        A[j, k], of logit j of a sample of class k.
    offsets : (K, K) array
        I[j, k], added to logit j of a sample of class k.
    weights : (K,) array
        omega[k], of the loss of a sample of class k.
    """

    multipliers: FloatArray
    offsets: FloatArray
    weights: FloatArray

    def class_losses(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the unweighted loss of one sample a class, and what its softmax misses.

        Computed from margins, so that both keep their relative precision when the softmax is
        almost one: a loss of 1e-30 comes out as 1e-30.

        Parameters
        ----------
        logits : (..., K, K) array
            Column k holds the logits of a sample of class k.

        Returns
        -------
        losses : (..., K) array
            l_k, not multiplied by omega_k.
        residuals : (..., K, K) array
            ``[j = k] - softmax_j(A[j,k] z_j + I[j,k])``; the gradient of l_k in logit j is
            ``-A[j, k] * residuals[j, k]``.
        """
        inputs = self.multipliers * logits + self.offsets
        margins = np.einsum("...kk->...k", inputs)[..., None, :] - inputs
        np.einsum("...kk->...k", margins)[...] = np.inf
        lowest = np.minimum(margins.min(axis=-2), 0.0)
        others = np.exp(lowest[..., None, :] - margins)
        # Of the softmax scaled by exp(lowest): the class itself has exp(lowest), less one here.
        excess = np.expm1(lowest) + others.sum(axis=-2)
        residuals = -others / (1.0 + excess)[..., None, :]
        np.einsum("...kk->...k", residuals)[...] = -residuals.sum(axis=-2)
        return np.log1p(excess) - lowest, residuals


def loss_form(
    loss: FormName,
    counts: ArrayLike,
    *,
    gamma: float = 0.0,
    tau: float = 0.0,
    margin: float = 0.5,
    scale: float = 1.0,
) -> LossForm:
    """Return multipliers, offsets and weights of a loss; parameters it does not have are ignored.

    ====== ================ ============================ =============== =======================
    loss   A[j, k]          I[j, k]                      omega_k         source
    ====== ================ ============================ =============== =======================
    "ce"   1                0                            1
    "wce"  1                0                            N / (K n_k)     King & Zeng, 2001
    "la"   1                tau log(n_j / N)             1               Menon et al., ICLR 2021
    "cdt"  delta_j          0                            1               Ye et al., 2020
    "ldt"  delta_k          0                            1               Behnia et al., 2023
    "vs"   delta_j          tau log(n_j / N)             1               Kini et al., 2021
    "ldam" scale            -scale m_k if j = k, else 0  1               Cao et al., 2019
    ====== ================ ============================ =============== =======================

    delta is `class_temperatures` (mean 1, as Behnia et al., AISTATS 2023, have it), m is
    `ldam_margins`. LDAM's authors use scale = 30 on cosines; scale = 1 is meant for plain logits.

    Parameters
    ----------
    loss : str
        A name of the table.
    counts : (K,) array
        Training samples n_k of each of at least 2 classes; N is their sum.
    gamma : float
        Exponent of the temperatures, in [-10, 10].
    tau : float
        Strength of the additive term.
    margin : float
        Largest LDAM margin, that of the rarest class; at least 0.
    scale : float
        LDAM's factor on the logits, above 0.

    Raises
    ------
    UserError
        If the loss is unknown or a number is out of range.
    """
    require(loss in get_args(FormName), "loss", f"one of {', '.join(get_args(FormName))}", loss)
    sizes = positive_counts(counts)
    multipliers, offsets = np.ones((sizes.size, sizes.size)), np.zeros((sizes.size, sizes.size))
    weights = np.ones(sizes.size)
    if loss == "wce":
        weights = balancing_weights(sizes)
    if loss in ("cdt", "vs"):
        multipliers *= class_temperatures(sizes, gamma)[:, None]
    if loss == "ldt":
        multipliers *= class_temperatures(sizes, gamma)
    if loss in ("la", "vs"):
        offsets += prior_offsets(sizes, tau)[:, None]
    if loss == "ldam":
        require(bool(np.isfinite(scale) and scale > 0), "scale", "finite and above 0", scale)
        multipliers *= scale
        np.fill_diagonal(offsets, -scale * ldam_margins(sizes, margin))
    return LossForm(multipliers, offsets, weights)


def class_temperatures(
    counts: ArrayLike, gamma: float, normalization: Normalization = "mean"
) -> FloatArray:
    """Temperatures delta_k proportional to ``n_k ** gamma``, (K,); gamma = 0 is 1 everywhere.

    With "mean" their mean is 1 (Behnia et al., AISTATS 2023, arXiv 2303.07608), with "max" the
    largest is 1 (Ye et al., 2020, arXiv 2001.01385; Kini et al., NeurIPS 2021, who write
    ``z_k / Delta_k`` with ``Delta_k = (n_max / n_k) ** gamma = 1 / delta_k``). The two differ by
    a factor on all logits, which matters as soon as weights decay.

    Raises
    ------
    UserError
        If a count is not positive, gamma not in [-10, 10] or the normalization unknown.
    """
    sizes = positive_counts(counts)
    require(abs(gamma) <= MAX_EXPONENT, "gamma", f"in [-{MAX_EXPONENT:g}, {MAX_EXPONENT:g}]", gamma)
    known = get_args(Normalization)
    require(normalization in known, "normalization", " or ".join(known), normalization)
    powers = np.exp(gamma * np.log(sizes / sizes.max()))
    return np.asarray(powers / (powers.mean() if normalization == "mean" else powers.max()))


def prior_offsets(counts: ArrayLike, tau: float) -> FloatArray:
    """Additive terms ``tau * log(n_k / N)``, (K,): at most 0 for tau >= 0, least for rare classes.

    Menon et al., ICLR 2021 (arXiv 2007.07314), without the 1e-12 their code adds inside
    the logarithm.
    """
    sizes = positive_counts(counts)
    require(bool(np.isfinite(tau)), "tau", "finite", tau)
    return np.asarray(tau * np.log(sizes / sizes.sum()))


def ldam_margins(counts: ArrayLike, margin: float = 0.5) -> FloatArray:
    """Margins ``C n_k ** (-1/4)``, (K,), with C such that the largest is `margin`.

    Cao et al., NeurIPS 2019 (arXiv 1906.07413); 0.5 is the value of their code.
    """
    sizes = positive_counts(counts)
    require(bool(np.isfinite(margin) and margin >= 0), "margin", "finite and at least 0", margin)
    return np.asarray(margin * (sizes.min() / sizes) ** 0.25)


def balancing_weights(counts: ArrayLike) -> FloatArray:
    """Weights ``N / (K n_k)``, (K,): every class counts alike, and a sample 1 on average."""
    sizes = positive_counts(counts)
    return np.asarray(sizes.sum() / (sizes.size * sizes))


def positive_counts(counts: ArrayLike, name: str = "counts") -> FloatArray:
    """Return one number a class as float64, refusing anything not finite and above 0."""
    try:
        sizes = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{name} must be numbers, got {counts!r}.") from None
    enough = sizes.ndim == 1 and sizes.size >= 2
    require(enough, name, "one number for each of at least 2 classes, shape (K,)", sizes.shape)
    wrong = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
    if wrong.size:
        raise UserError(
            f"{name} must be finite and above 0, got {sizes[wrong[0]]:g} for class {wrong[0]}."
        )
    return sizes


def require(holds: bool, name: str, allowed: str, got: object) -> None:
    """Raise `UserError` "`name` must be `allowed`, got `got`." unless `holds`."""
    if not holds:
        raise UserError(f"{name} must be {allowed}, got {got!r}.")
