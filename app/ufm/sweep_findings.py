"""What a computed grid shows, in numbers and in sentences made of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.ufm.sweep import SweepSpec
from app.ufm.sweep_measure import NOTHING
from app.ufm.sweep_theory import SweepTheory, plain_border, short_of_dimensions

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Arrays = Mapping[str, NDArray[np.float64]]

# A ratio of the certificate up to here belongs to an optimum.
CERTIFIED = 1 + 1e-3
# Borders closer than this are called the same; that of ReLU with 20 classes is 2.5% away.
_SAME = 0.01


@dataclass(frozen=True)
class Agreement:
    """How often measurement and theory name the same phase.

    Attributes
    ----------
    agree, known : int
        Cells that agree, of those computed.
    at_border : int
        Cells that do not agree but have a neighbour of another phase.
    """

    agree: int
    known: int
    at_border: int


def measured_phases(arrays: Arrays) -> IntArray:
    """Return the phase of each cell, an index into `sweep_theory.PHASES`; -1 if not computed."""
    known = np.isfinite(arrays["objective"])
    signs = ("logit_size", 3), ("minority_norm", 2), ("minority_distance", 1)
    found = np.select([arrays[name] < NOTHING for name, _ in signs], [phase for _, phase in signs])
    return np.where(known, found, -1)


def as_theory_sees(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> IntArray:
    """Return the measured counterpart of ``theory.phases``; -1 if not computed.

    For long tails that is a number of classes above their threshold which fits the rank.
    """
    if spec.profile == "step":
        return np.minimum(measured_phases(arrays), len(theory.names) - 1)
    known = np.isfinite(arrays["objective"])
    rank = np.where(known, arrays["rank"], -1).astype(np.int64)
    if spec.relu:
        fits = rank == np.minimum(theory.phases, spec.classes - 1)
    else:
        fits = (rank == theory.phases) | (rank == theory.phases - 1)
    return np.where(known & fits, theory.phases, rank)


def agreement(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> Agreement:
    """Count the cells where measurement and theory agree."""
    found = as_theory_sees(spec, arrays, theory)
    known = found >= 0
    wrong = known & (found != theory.phases)
    return Agreement(
        agree=int((known & ~wrong).sum()),
        known=int(known.sum()),
        at_border=int((wrong & _beside_another(theory.phases)).sum()),
    )


def findings(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> list[str]:
    """Return what the grid shows, in sentences; every number in them is computed from it."""
    said = [_agreement_sentence(agreement(spec, arrays, theory))] if theory.known else []
    if spec.profile == "step":
        said += _border_sentences(spec, arrays, theory)
    else:
        said.append(_rank_sentence(spec, arrays["rank"][:, -1]))
    return [*said, _certificate_sentence(spec, arrays)]


def _agreement_sentence(found: Agreement) -> str:
    text = f"In {found.agree:,} of {found.known:,} cells measurement and theory agree"
    wrong = found.known - found.agree
    if not wrong:
        return f"{text}."
    if wrong == found.at_border:
        return f"{text}; the others touch a border."
    return f"{text}; of the others {found.at_border:,} of {wrong:,} touch a border."


def _border_sentences(spec: SweepSpec, arrays: Arrays, theory: SweepTheory) -> list[str]:
    """How the border runs, how far it is from the formula, and from that of cross-entropy."""
    border = arrays["border"]
    crossed = np.isfinite(border)
    ratios, decays = spec.ratios[crossed], border[crossed]
    if ratios.size < 2:
        told, known = (measured_phases(arrays) == 0).sum(), np.isfinite(arrays["objective"]).sum()
        return [f"The minority is told apart in {told:,} of {known:,} cells: no border to follow."]
    what = "drops to zero" if spec.relu else "is no longer told apart"
    run = (
        f"Between R = {ratios[0]:,.4g} and {ratios[-1]:,.4g} the minority {what} from a decay on "
        f"that goes with R to the power {_slope(ratios, decays)}"
    )
    said = []
    if theory.curves:
        exact = _at(ratios, *next(iter(theory.curves.values())))
        run += f" (formula: {_slope(ratios, exact)})"
        said.append(_distance_sentence(spec, decays / exact, "that of the formula"))
    if spec.loss != "ce" or spec.relu:
        plain = decays / _at(ratios, *plain_border(spec))
        said.append(_distance_sentence(spec, plain, "that of cross-entropy without ReLU"))
    return [f"{run}.", *said]


def _distance_sentence(spec: SweepSpec, factors: FloatArray, whose: str) -> str:
    """Where the measured border lies against a curve, (B,) times its decay."""
    cell = np.log(spec.decays[1] / spec.decays[0])
    cells = float(np.abs(np.log(factors)).max() / cell)
    columns = f"in the {factors.size} columns that it crosses"
    most = float(np.abs(factors - 1).max())
    if most < _SAME:
        return (
            f"The measured border is {whose}: at most {most:.2%} of the decay or {cells:.1g} "
            f"cells away {columns}."
        )
    low, high = f"{factors.min():.3g}", f"{factors.max():.3g}"
    times = low if low == high else f"{low} to {high}"
    side = "earlier" if np.log(factors).mean() < 0 else "later"
    return (
        f"The measured border lies at {times} times the decay of {whose}, up to {cells:.1f} cells "
        f"away {columns}: the minority is lost {side}."
    )


def _rank_sentence(spec: SweepSpec, rank: FloatArray) -> str:
    """How the rank falls with the decay at the largest imbalance."""
    seen = dict.fromkeys(int(r) for r in rank if np.isfinite(r))
    return (
        f"At R = {spec.ratios[-1]:,.4g} the rank of the logits goes {', '.join(map(str, seen))} as "
        "the decay grows."
    )


def _certificate_sentence(spec: SweepSpec, arrays: Arrays) -> str:
    """How far the cells are proven to be optimal."""
    known = np.isfinite(arrays["objective"])
    gap = ((arrays["objective"] - arrays["lower_bound"]) / arrays["objective"])[known]
    proven = arrays["certificate_ratio"][known] <= CERTIFIED
    if proven.all():
        return (
            f"Every cell is certified to be within {max(float(gap.max()), 1e-15):.0e} of the "
            "global optimum, relative to the objective."
        )
    reason = (
        "with so few dimensions the bound may be out of reach, so what is shown there is the best "
        "of a few starts"
        if short_of_dimensions(spec)
        else "what is shown there is the best of a few starts"
    )
    return (
        f"{int(proven.sum()):,} of {proven.size:,} cells are certified optimal; in the others the "
        f"certificate leaves up to {gap.max():.2g} of the objective open: {reason}."
    )


def _beside_another(phases: IntArray) -> NDArray[np.bool_]:
    """Cells with one of their eight neighbours in another phase."""
    padded = np.pad(phases, 1, mode="edge")
    rows, columns = phases.shape
    around = [
        padded[down : down + rows, right : right + columns]
        for down in range(3)
        for right in range(3)
    ]
    return np.asarray(np.any([other != phases for other in around], axis=0))


def _at(ratios: FloatArray, along: FloatArray, decays: FloatArray) -> FloatArray:
    """Decays of a curve at some ratios."""
    return np.asarray(np.exp(np.interp(np.log(ratios), np.log(along), np.log(decays))))


def _slope(ratios: FloatArray, decays: FloatArray) -> str:
    """Least-squares slope between logarithms."""
    slope = np.polyfit(np.log(ratios), np.log(decays), 1)[0]
    return f"{round(float(slope), 2) + 0.0:.2f}".replace("-", "−")
