"""What circulates about the papers wrongly, held against what is right."""

import numpy as np

from app.losses.form import class_temperatures
from app.papers.checks.retraining import DATA, points_over_stage1
from app.papers.verdict import Measured, verdict_of
from app.theory import boundary_angle, etf_angle, seli


def flipped_sign() -> Measured:
    """Angle of MLA's boundary between equal classes with the flipped and the right sign."""
    psi = etf_angle(10)
    flipped = float(np.degrees(np.arctan2(1 + np.cos(psi), np.sin(psi))))
    right = float(np.degrees(boundary_angle("mla", 1.0, 1.0, 10, 0.5)))
    half = float(np.degrees(psi / 2))
    text = (
        f"K = 10, equal counts: {flipped:.1f} degrees with the flipped sign, {right:.1f} with the "
        f"right one; half-way between the two classes is {half:.1f}."
    )
    values = {"flipped": flipped, "right": right, "half": half}
    return Measured(values, text, verdict_of(abs(flipped - half) < 0.1))


def raw_ratio() -> Measured:
    """LDT's limit classifier with the raw and with the effective imbalance ratio."""
    counts = np.array([10.0] * 5 + [1.0] * 5)
    norms = {}
    for gamma in (0.0, 0.25, 0.5):
        delta = class_temperatures(counts, gamma)
        squares = np.diag(seli(counts, "ldt", delta).classifier_gram)
        norms[gamma] = float(squares[0] / squares[-1])
    raw = np.diag(seli(counts).classifier_gram)
    values = {"raw": float(raw[0] / raw[-1])}
    values |= {f"gamma_{gamma:g}": ratio for gamma, ratio in norms.items()}
    text = (
        "Ratio of the squared norms of majority and minority class vectors, R = 10: with the raw "
        f"ratio {values['raw']:.2f} for every gamma; in truth {norms[0.0]:.2f} for gamma = 0, "
        f"{norms[0.25]:.2f} for 1/4 and {norms[0.5]:.2f} for 1/2."
    )
    return Measured(values, text, verdict_of(abs(norms[0.5] - values["raw"]) < 0.01))


def resampling() -> Measured:
    """Gain of class-balanced re-sampling over the classifier it starts from."""
    values = {name: points_over_stage1(name, "resampling") for name in DATA}
    listed = ", ".join(f"{gain:+.1f} points on {name}" for name, gain in values.items())
    text = f"Balanced test accuracy, re-sampling minus the untouched classifier: {listed}."
    return Measured(values, text, verdict_of(max(map(abs, values.values())) < 0.01))
