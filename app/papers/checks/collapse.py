"""Minority collapse at finite decay without ReLU, for the losses of arXiv 2303.07608."""

import numpy as np

from app.losses import loss_form
from app.losses.form import FormName
from app.papers.verdict import Measured, verdict_of
from app.theory import critical_decays
from app.ufm import UFMSpec, solve_many

_COUNTS = (500,) * 5 + (5,) * 5
_LOSSES: tuple[tuple[FormName, float, float], ...] = (
    ("ce", 0.0, 0.0),
    ("la", 0.0, 1.0),
    ("cdt", 0.5, 0.0),
    ("ldt", 0.5, 0.0),
)
_APART = 1e-4


def temperatures_at_finite_decay() -> Measured:
    """Compare the decay from which the minority merges, with and without temperatures."""
    values: dict[str, float] = {}
    confirmed = True
    for loss, gamma, tau in _LOSSES:
        form = loss_form(loss, _COUNTS, gamma=gamma, tau=tau)
        decay = critical_decays(_COUNTS, form.multipliers, form.offsets, form.weights)[-1]
        values[loss] = float(decay)
        below, above = (_minority_spread(loss, gamma, tau, decay * by) for by in (0.97, 1.03))
        confirmed &= below > _APART > above
    text = (
        "Five classes of 500 samples, five of 5: minority class vectors merge from a decay of "
        f"{values['ce']:.2e} on with cross-entropy, {values['la']:.2e} with logit adjustment, "
        f"{values['cdt']:.2e} with CDT and {values['ldt']:.2e} with LDT at gamma = 1/2. Optima "
        f"solved 3 % below and above {'confirm' if confirmed else 'contradict'} each."
    )
    later = [values[loss] > values["ce"] * 1.01 for loss in ("cdt", "ldt")]
    return Measured(values, text, verdict_of(confirmed and all(later), any(later)))


def _minority_spread(loss: FormName, gamma: float, tau: float, decay: float) -> float:
    """Largest distance of two minority class vectors, over the norm of the classifier."""
    spec = UFMSpec(
        counts=_COUNTS,
        dim=12,
        loss=loss,
        gamma=gamma,
        tau=tau,
        weight_decay=decay,
        feature_decay=decay,
    )
    classifier = solve_many([spec])[0].arrays["classifier"]
    minority = classifier[5:]
    gaps = np.linalg.norm(minority[:, None] - minority, axis=2)
    return float(gaps.max() / np.linalg.norm(classifier))
