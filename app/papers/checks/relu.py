"""Features after a ReLU: Dang et al., ICML 2024, arXiv 2401.02058."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.papers.verdict import Measured, verdict_of, within
from app.runs import collect
from app.theory import relu_collapse
from app.ufm import UFMSpec, solve_many
from app.ufm.spec import LossName
from app.ufm.sweep import SweepSpec, run_sweep
from app.ufm.sweep_findings import CERTIFIED, agreement
from app.ufm.sweep_theory import sweep_theory

Matrix = NDArray[np.float64]

_COUNTS = (100, 50, 20, 10)
_DECAYS = (1e-3, 3e-3, 5e-3, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05)
_NOTHING = 1e-4


def orthogonal_features() -> Measured:
    """Hold certified optima against the closed form of norms and angles."""
    decays = _DECAYS[:6]
    runs = solve_many(_specs(decays, dim=20))
    angle = max(_largest_cosine(run.arrays["means"]) for run in runs)
    closed = [relu_collapse(_COUNTS, decay, decay).feature_norms_squared for decay in decays]
    norms = [np.square(run.arrays["means"]).sum(axis=1) for run in runs]
    error = max(float(np.abs(a - b).max() / b.max()) for a, b in zip(norms, closed, strict=True))
    values = {"cosine": angle, "norms": error, "ratio": max(r.metrics["ratio"] for r in runs)}
    text = (
        "Optima of 100, 50, 20 and 10 samples at six decays, certified: largest cosine of two "
        f"class means below {within(angle)}, squared norms as in the formula to {within(error)}."
    )
    good = values["ratio"] < CERTIFIED
    return Measured(values, text, verdict_of(good and angle < _NOTHING and error < _NOTHING))


def collapse_threshold() -> Measured:
    """Count the classes that are at zero exactly where their threshold says so."""
    found = _alive(_DECAYS)
    told = np.array([~relu_collapse(_COUNTS, decay, decay).collapsed for decay in _DECAYS])
    agree, known = int((found == told).sum()), found.size
    text = (
        f"Four classes at nine decays: in {agree} of {known} cases the class mean of the optimum "
        "is zero exactly if the count is at or below the threshold; at the largest decay all are."
    )
    values = {"agree": float(agree), "cases": float(known), "alive_last": float(found[-1].sum())}
    return Measured(values, text, verdict_of(agree == known and not found[-1].any()))


def smallest_first() -> Measured:
    """Follow which classes are left as the decay grows."""
    left = _alive(_DECAYS)
    ordered = bool((np.diff(left.astype(int), axis=1) <= 0).all())
    falling = bool((np.diff(left.sum(axis=1)) <= 0).all())
    values = {f"{decay:g}": float(n) for decay, n in zip(_DECAYS, left.sum(axis=1), strict=True)}
    listed = ", ".join(f"{int(n)}" for n in values.values())
    text = (
        f"Classes left as the decay rises from {_DECAYS[0]:g} to {_DECAYS[-1]:g}: {listed}; "
        f"those left are {'always' if ordered else 'not always'} the largest."
    )
    return Measured(values, text, verdict_of(ordered and falling))


def decay_and_ratio() -> Measured:
    """Compare a map over imbalance and decay with the formula, cell by cell."""
    spec = SweepSpec(relu=True)
    arrays = collect(spec, run_sweep(spec)).arrays
    found = agreement(spec, arrays, sweep_theory(spec))
    values = {"agree": float(found.agree), "known": float(found.known)}
    text = (
        f"Ten classes, 20 imbalance ratios up to 1000 by 20 decays: in {found.agree} of "
        f"{found.known} optima measurement and formula name the same phase."
    )
    return Measured(values, text, verdict_of(found.agree == found.known, found.agree > 0))


def few_dimensions() -> Measured:
    """Solve with fewer dimensions than classes and see whether the closed form still holds."""
    decays, dim = (1e-3, 5e-3, 0.02, 0.03), 3
    runs = solve_many(_specs(decays, dim))
    closed = [relu_collapse(_COUNTS, decay, decay) for decay in decays]
    enough = [int((~c.collapsed).sum()) <= dim for c in closed]
    excess = [r.metrics["objective"] / c.objective - 1 for r, c in zip(runs, closed, strict=True)]
    values = {f"excess_{decay:g}": max(e, 0.0) for decay, e in zip(decays, excess, strict=True)}
    values["cosine"] = max(_largest_cosine(run.arrays["means"]) for run in runs)
    text = (
        "Four classes in d = 3 dimensions: where one class is collapsed anyway the optimum is "
        f"that of d = 4 (certified, to {within(max(excess[2:]))}); where none is, the best "
        f"found is {100 * excess[0]:.0f} % (decay 0.001) and {100 * excess[1]:.0f} % (0.005) "
        f"above it, with cosines up to {values['cosine']:.2f}; it cannot be certified."
    )
    same = [abs(e) < 1e-6 for e in excess]
    fits = [a for a, b in zip(same, enough, strict=True) if b]
    return Measured(values, text, verdict_of(all(same), all(fits)))


def other_losses() -> Measured:
    """Look for right angles between class means under other losses."""
    losses: tuple[tuple[LossName, float, float], ...] = (
        ("wce", 0.0, 0.0),
        ("cdt", 0.3, 0.0),
        ("ldt", 0.5, 0.0),
        ("ldam", 0.0, 0.0),
        ("la", 0.0, 1.0),
    )
    values: dict[str, float] = {}
    for loss, gamma, tau in losses:
        spec = UFMSpec(
            counts=(200, 100, 50, 20, 10, 5),
            dim=40,
            loss=loss,
            gamma=gamma,
            tau=tau,
            relu=True,
            weight_decay=1e-3,
            feature_decay=1e-3,
        )
        run = solve_many([spec])[0]
        values[loss] = _largest_cosine(run.arrays["means"])
        values[f"ratio_{loss}"] = run.metrics["ratio"]
    others = max(values[name] for name in ("wce", "cdt", "ldt", "ldam"))
    text = (
        "Six classes of 200 to 5 samples: largest cosine of two class means "
        f"below {within(others)} with class weights, "
        f"CDT (gamma 0.3), LDT (1/2) and LDAM, but {values['la']:.2f} with logit adjustment, "
        "tau = 1; all certified optima."
    )
    right = [values[loss] < _NOTHING for loss, _, _ in losses]
    return Measured(values, text, verdict_of(all(right), any(right)))


def _specs(decays: Sequence[float], dim: int) -> list[UFMSpec]:
    return [
        UFMSpec(counts=_COUNTS, dim=dim, relu=True, weight_decay=decay, feature_decay=decay)
        for decay in decays
    ]


def _alive(decays: Sequence[float]) -> NDArray[np.bool_]:
    """Classes whose mean is not zero at the optimum, one row a decay."""
    runs = solve_many(_specs(decays, dim=20))
    norms = np.array([np.linalg.norm(run.arrays["means"], axis=1) for run in runs])
    return np.asarray(norms > _NOTHING)


def _largest_cosine(means: Matrix) -> float:
    """Largest cosine of two class means that are not zero."""
    norms = np.linalg.norm(means, axis=1)
    unit = means[norms > _NOTHING] / norms[norms > _NOTHING, None]
    off = unit @ unit.T - np.eye(len(unit))
    return float(np.abs(off).max(initial=0.0))
