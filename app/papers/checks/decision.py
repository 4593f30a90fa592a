"""Boundaries between two classes: Hasegawa & Sato, ICLR 2025, arXiv 2409.17582."""

import numpy as np
from numpy.typing import NDArray

from app.papers.verdict import Measured, verdict_of, within
from app.theory import (
    approximation_error,
    best_gamma,
    boundary_angle,
    etf_angle,
    mla_floor,
    pair_optimum,
)

FloatArray = NDArray[np.float64]

_CLOSE = 1.0  # degree
_RATIOS = np.geomspace(1, 100, 101)


def pairwise_is_best() -> Measured:
    """Hold the 1vs1adjuster's angle against the best one for Gaussian classes."""
    values = {}
    for noise in (0.1, 0.5, 1.0):
        best = pair_optimum(1.0, _RATIOS, 100, noise)
        pairwise = boundary_angle("1vs1", 1.0, _RATIOS, 100, 0.5)
        values[f"pairwise_{noise:g}"] = _degrees(best - pairwise)
        values[f"halfway_{noise:g}"] = _degrees(best - etf_angle(100) / 2)
    shares = [values[f"pairwise_{n}"] / values[f"halfway_{n}"] for n in ("0.1", "0.5", "1")]
    text = (
        "Largest distance to the best boundary for Gaussian noise, K = 100, count ratios up to "
        f"100: {values['pairwise_0.1']:.1f} degrees with little noise, {values['pairwise_1']:.0f} "
        "where the noise of a class with one sample is as long as its mean; the boundary "
        f"half-way is {values['halfway_0.1']:.0f} and {values['halfway_1']:.0f} away."
    )
    close = max(values[f"pairwise_{n}"] for n in ("0.1", "0.5", "1")) < _CLOSE
    return Measured(values, text, verdict_of(close, max(shares) < 1))


def many_classes() -> Measured:
    """Measure how far MLA's boundaries are from the 1vs1adjuster's for many classes."""
    values = _approximation((100, 1000), 100.0)
    text = (
        "Largest difference of the two angles over count ratios up to 100, MLA at its best "
        f"gamma: {values['best_100']:.2f} degrees for K = 100, {values['best_1000']:.2f} for "
        f"K = 1000; with gamma = 1/2 in both {values['same_100']:.1f} and "
        f"{values['same_1000']:.1f}."
    )
    close = max(values["best_100"], values["best_1000"]) < _CLOSE
    return Measured(values, text, verdict_of(close))


def few_classes() -> Measured:
    """The same for few classes, where the approximation should fail."""
    values = _approximation((3, 10), 100.0)
    values |= {f"floor_{K}": float(np.degrees(mla_floor(K))) for K in (3, 10)}
    text = (
        "Largest difference over count ratios up to 100, MLA at its best gamma: "
        f"{values['best_3']:.0f} degrees for K = 3, {values['best_10']:.1f} for K = 10. No gamma "
        f"cuts closer to a class vector than {values['floor_3']:.0f} and "
        f"{values['floor_10']:.1f} degrees."
    )
    apart = [values[f"best_{K}"] >= _CLOSE for K in (3, 10)]
    return Measured(values, text, verdict_of(all(apart), any(apart)))


def beyond_a_hundred() -> Measured:
    """The same for count ratios that the paper does not reach."""
    values = _approximation((10, 100, 1000), 10_000.0)
    text = (
        "Largest difference over count ratios up to 10,000, MLA at its best gamma: "
        f"{values['best_1000']:.2f} degrees for K = 1000, {values['best_100']:.2f} for K = 100, "
        f"{values['best_10']:.1f} for K = 10."
    )
    close = [values[f"best_{K}"] < _CLOSE for K in (10, 100, 1000)]
    return Measured(values, text, verdict_of(all(close), any(close)))


def feature_norm() -> Measured:
    """Turn the feature norm and see which boundary moves."""
    norms = np.geomspace(1, 50, 50)
    additive = boundary_angle("ala", 1.0, 10.0, 10, 1.0, norms)
    low, high = (float(np.degrees(end(additive))) for end in (np.nanmin, np.nanmax))
    multiplied = float(np.ptp(_crossing(norms, 10.0)))
    values = {"ala_low": low, "ala_high": high, "mla_moves": multiplied}
    text = (
        "K = 10, ten times as many samples in one class, feature norms from 1 to 50: ALA with "
        f"tau = 1 cuts anywhere from {low:.0f} to {high:.0f} degrees, or has no boundary at all; "
        f"MLA's angle moves by less than {within(multiplied)} degrees."
    )
    return Measured(values, text, verdict_of(multiplied < 1e-6 and high - low > _CLOSE))


def degree_of_collapse() -> Measured:
    """Find the gamma with which MLA cuts best where class noise shrinks like n^-s."""
    exponents, psi = (0.3, 0.5, 0.7), etf_angle(1000)
    angles = [float(boundary_angle("sine", 1.0, 100.0, 1000, s)) for s in exponents]
    gammas = [float(_gamma_of(angle, psi, 100.0)) for angle in angles]
    values = {f"gamma_{s:g}": gamma for s, gamma in zip(exponents, gammas, strict=True)}
    noisy = float(_gamma_of(float(pair_optimum(1.0, 100.0, 1000, 2.0)), psi, 100.0))
    values["gamma_noisy"] = noisy
    text = (
        "Best gamma of MLA for a pair with count ratio 100 among 1000 classes, Gaussian noise "
        f"n^-s that is small: {gammas[0]:.2f} for s = 0.3, {gammas[1]:.2f} for s = 0.5, "
        f"{gammas[2]:.2f} for s = 0.7. With s = 0.5 but noise twice as long as the mean for one "
        f"sample: {noisy:.2f}."
    )
    rises = gammas[0] < 0.5 - 0.05 and abs(gammas[1] - 0.5) < 0.02 and gammas[2] > 0.5 + 0.05
    return Measured(values, text, verdict_of(rises and noisy < gammas[1], rises))


def _approximation(classes: tuple[int, ...], ratio: float) -> dict[str, float]:
    """Errors in degrees, at equal and at best gamma, and the best gamma, by number of classes."""
    values = {}
    for K in classes:
        gamma, best = best_gamma(0.5, K, ratio)
        values[f"same_{K}"] = _degrees(approximation_error(0.5, 0.5, K, ratio))
        values[f"best_{K}"], values[f"gamma_{K}"] = _degrees(best), float(gamma)
    return values


def _crossing(norms: FloatArray, ratio: float) -> FloatArray:
    """Angle in degrees where the adjusted logits of two classes of an ETF are equal, by norm."""
    psi = etf_angle(10)
    low, high = np.zeros(norms.size), np.full(norms.size, psi)
    for _ in range(60):
        middle = (low + high) / 2
        lead = norms * np.cos(middle) - norms * np.cos(psi - middle) * ratio**-0.5
        low, high = np.where(lead > 0, middle, low), np.where(lead > 0, high, middle)
    return np.asarray(np.degrees(low))


def _gamma_of(angle: float, psi: float, ratio: float) -> float:
    """The gamma with which MLA's boundary is at an angle below 90 degrees."""
    return float(np.log(np.tan(angle) * np.sin(psi) + np.cos(psi)) / np.log(ratio))


def _degrees(angles: FloatArray) -> float:
    return float(np.degrees(np.abs(angles).max()))
