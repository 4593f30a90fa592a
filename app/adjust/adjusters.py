"""The table of adjusters, and the scores each gives for given parameters.

Everything that treats adjusters alike (estimators, comparison, command line, page) goes through
`ADJUSTERS` and `score_function`; to add an adjuster, add it here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.adjust.duels import Duels
from app.adjust.pairwise import Ties, duel_scores
from app.adjust.rules import (
    FloatArray,
    TargetPrior,
    additive_offset,
    center_rows,
    multiplicative_scale,
    norm_scale,
)
from app.errors import UserError
from app.longtail import frequency_groups

AdjusterName = Literal["raw", "mla", "ala", "1vs1", "tau-norm", "vs", "temperature"]
Parameters = dict[str, float]
ScoreFunction = Callable[[NDArray[np.floating]], FloatArray]


@dataclass(frozen=True)
class Adjuster:
    """One line of the table.

    Attributes
    ----------
    name, title : str
    formula : str
        The score in TeX.
    parameters : tuple of str
        Names of what is tuned, in order.
    source : str
    probabilistic : bool
        Whether a softmax of the scores means anything; votes have none.
    """

    name: AdjusterName
    title: str
    formula: str
    parameters: tuple[str, ...]
    source: str
    probabilistic: bool = True


ADJUSTERS: dict[AdjusterName, Adjuster] = {
    entry.name: entry
    for entry in (
        Adjuster("raw", "Raw logits", r"z_k", (), "the classifier itself"),
        Adjuster(
            "mla",
            "MLA",
            r"z_k\,(n_k/n_{\max})^{-\gamma}",
            ("gamma",),
            "Hasegawa & Sato 2025; Kim & Kim 2020",
        ),
        Adjuster("ala", "ALA", r"z_k - \tau\log\pi_k", ("tau",), "Menon et al. 2021"),
        Adjuster(
            "1vs1",
            "1vs1adjuster",
            r"\#\{j : z_k\kappa_{kj} > z_j\kappa_{jk}\}",
            ("gamma",),
            "Hasegawa & Sato 2025, Algorithm 1",
            probabilistic=False,
        ),
        Adjuster(
            "tau-norm",
            "tau-norm",
            r"(z_k - b_k)/\lVert w_k\rVert^{\tau}",
            ("tau",),
            "Kang et al. 2020",
        ),
        Adjuster(
            "vs",
            "Vector scaling",
            r"z_k\,(n_k/n_{\max})^{-\gamma} - \tau\log\pi_k",
            ("gamma", "tau"),
            "after Kini et al. 2021, applied post hoc",
        ),
        Adjuster("temperature", "Temperature", r"z_k / T", ("temperature",), "Guo et al. 2017"),
    )
}


@dataclass(frozen=True, eq=False)
class Setup:
    """What adjusters use besides logits and their parameters.

    Attributes
    ----------
    class_counts : (K,) array
        Training samples of each class.
    center : bool
        Subtract each row's mean before MLA, 1vs1 and vector scaling.
    target_prior : (K,) array, "balanced", "train" or None
        Class shares ALA adapts to, see `app.adjust.rules.additive_offset`.
    weight_norms, bias : (K,) arrays or None
        For tau-norm.
    weights : (K, d) array or None
        Class vectors of the 1vs1adjuster; a simplex ETF if None.
    feature_norms : (K,) array or None
        Norms of the mean training features for the 1vs1adjuster; all equal if None.
    ties : {"margin", "head"}
        How the 1vs1adjuster breaks ties of votes.
    many, few : int
        Thresholds of the frequency groups.
    """

    class_counts: ArrayLike
    center: bool = False
    target_prior: ArrayLike | TargetPrior | None = None
    weight_norms: ArrayLike | None = None
    bias: ArrayLike | None = None
    weights: ArrayLike | None = None
    feature_norms: ArrayLike | None = None
    ties: Ties = "margin"
    many: int = 100
    few: int = 20

    @property
    def groups(self) -> NDArray[np.str_]:
        """Frequency group of each class, (K,)."""
        return frequency_groups(self.class_counts, self.many, self.few)

    @cached_property
    def duels(self) -> Duels:
        """The duels of the 1vs1adjuster."""
        return Duels.of(self.class_counts, self.feature_norms, self.weights)

    def usable(self, name: AdjusterName) -> bool:
        """Whether everything the adjuster needs is here."""
        return name != "tau-norm" or self.weight_norms is not None


def score_function(name: str, setup: Setup, parameters: Parameters) -> ScoreFunction:
    """Return what maps logits (N, K) to float64 scores (N, K); the largest is the prediction.

    Raises
    ------
    UserError
        If the adjuster is unknown, a parameter is missing or not finite, tau-norm has no norms, or
        the setup does not fit, see `check_setup`.
    """
    if name not in ADJUSTERS:
        known = ", ".join(get_args(AdjusterName))
        raise UserError(f"adjuster must be one of {known}, got {name!r}.")
    check_setup(setup)
    for needed in ADJUSTERS[name].parameters:
        value: object = parameters.get(needed)
        if not (isinstance(value, Real) and np.isfinite(float(value))):
            raise UserError(f"{needed} must be a finite number, got {value!r}.")
    if name == "1vs1":
        duels, gamma, ties = setup.duels, parameters["gamma"], setup.ties
        return lambda z: duel_scores(_centred(z, setup), duels, gamma, ties)
    scale, offset = affine_form(name, setup, parameters)
    if name in ("mla", "vs"):
        return lambda z: _centred(z, setup) * scale + offset
    if name == "tau-norm":
        bias = np.zeros(1) if setup.bias is None else np.asarray(setup.bias, dtype=np.float64)
        return lambda z: (z - bias) * scale
    return lambda z: np.asarray(z, dtype=np.float64) * scale + offset


def affine_form(
    name: str, setup: Setup, parameters: Parameters
) -> tuple[FloatArray | float, FloatArray | float]:
    """Scale and offset of an affine rule, each (K,) or a number: scores are ``z scale + offset``.

    For tau-norm z is without the bias.
    """
    counts = setup.class_counts
    if name == "mla":
        return multiplicative_scale(counts, parameters["gamma"]), 0.0
    if name == "ala":
        return 1.0, additive_offset(counts, parameters["tau"], setup.target_prior)
    if name == "vs":
        scale = multiplicative_scale(counts, parameters["gamma"])
        return scale, additive_offset(counts, parameters["tau"])
    if name == "temperature":
        if parameters["temperature"] <= 0:
            raise UserError(f"temperature must be positive, got {parameters['temperature']:g}.")
        return 1.0 / parameters["temperature"], 0.0
    if name == "tau-norm":
        if setup.weight_norms is None:
            raise UserError("tau-norm needs weight_norms, got None.")
        return norm_scale(setup.weight_norms, parameters["tau"]), 0.0
    return 1.0, 0.0


def _centred(z: NDArray[np.floating], setup: Setup) -> FloatArray:
    return center_rows(z) if setup.center else np.asarray(z, dtype=np.float64)


def logit_signs(logits: NDArray[np.floating]) -> tuple[int, int]:
    """Rows whose logits are all negative, and rows in which some are: where MLA's zero matters.

    In an all-negative row MLA works backwards: dividing by a small count makes a negative tail
    logit more negative.
    """
    largest, smallest = logits.max(axis=1), logits.min(axis=1)
    return int((largest < 0).sum()), int((smallest < 0).sum())


def check_setup(setup: Setup) -> None:
    """Raise `UserError` if norms, bias or ties are not what a rule can use.

    Counts, target prior and class vectors are checked by the rules that use them.
    """
    num_classes = np.size(setup.class_counts)
    for name in ("weight_norms", "bias", "feature_norms"):
        given = getattr(setup, name)
        values = np.zeros(num_classes) if given is None else np.asarray(given)
        if values.dtype.kind not in "iuf" or values.shape != (num_classes,):
            raise UserError(
                f"{name} must hold {num_classes} numbers, "
                f"got {values.dtype} of shape {values.shape}."
            )
        if not np.isfinite(values).all():
            wrong = int(np.flatnonzero(~np.isfinite(values))[0])
            raise UserError(f"{name} must be finite, got {values[wrong]} for class {wrong}.")
    if setup.ties not in get_args(Ties):
        raise UserError(f"ties must be 'margin' or 'head', got {setup.ties!r}.")
