"""Adjusters written out plainly, one parameter at a time: what the exact paths are checked by."""

import math

import numpy as np
from scipy.optimize import brentq

SAME = 1e-12


def scores(logits, counts, rule, t, shift=0.0, slopes=None):
    """Float64 scores of an affine rule; `slopes` in log2 replaces those of the counts."""
    z, n = np.asarray(logits).astype(np.float64), np.asarray(counts, dtype=np.float64)
    if rule == "ala":
        return z - t * np.log(n) + shift
    slopes = np.log2(n) if slopes is None else slopes
    return z * np.exp2(-t * (slopes - slopes.max()))


def correct(logits, labels, counts, rule, t, **options):
    return scores(logits, counts, rule, t, **options).argmax(axis=1) == labels


def crossings(row, label, counts, rule):
    """Parameters at which a class scores as much as the label."""
    z, n = np.asarray(row).astype(np.float64), np.asarray(counts, dtype=np.float64)
    rivals = n != n[label]
    z, n, own, own_count = z[rivals], n[rivals], z[label], n[label]
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule == "ala":
            found = (z - own) / (np.log(n) - np.log(own_count))
        else:
            ratio = np.where(z * own > 0, z / own, np.nan)
            found = np.log2(ratio) / (np.log2(n) - np.log2(own_count))
    return found[np.isfinite(found)]


def midpoints(ends, bounds, width=SAME):
    """The middle of every segment between sorted ends, but for those as thin as a rounding."""
    low, high = bounds
    ends = np.asarray(ends, dtype=np.float64)
    ends = np.unique(np.concatenate([[low, high], ends[(ends > low) & (ends < high)]]))
    wide = np.diff(ends) > width * np.maximum(1, np.abs(ends[1:]))
    return ((ends[:-1] + ends[1:]) / 2)[wide]


def pair_angle(counts, norms, psi, gamma, i, j):
    """Angle from class i to its boundary with class j, as the paper writes it."""
    own, rival = (counts[k] ** gamma * norms[k] for k in (i, j))
    return psi[i][j] * rival / (own + rival)


def duel(row, counts, norms, psi, gamma, i, j):
    """Positive if i beats j at this gamma, negative if j beats i: Algorithm 1, one pair."""
    angle = psi[i][j]
    if math.sin(angle) < 1e-9:
        return row[i] - row[j]
    theta_i = pair_angle(counts, norms, psi, gamma, i, j)
    theta_j = pair_angle(counts, norms, psi, gamma, j, i)
    factor_i = math.sin(theta_i) + math.cos(angle) * math.sin(theta_j)
    factor_j = math.sin(theta_j) + math.cos(angle) * math.sin(theta_i)
    return row[i] * factor_i - row[j] * factor_j


def votes(row, counts, norms, psi, gamma):
    """How many classes each class beats; equality gives nobody the vote."""
    won = [0] * len(counts)
    for i in range(len(counts)):
        for j in range(len(counts)):
            if i != j and duel(row, counts, norms, psi, gamma, i, j) > 0:
                won[i] += 1
    return won


def margin(row, counts, norms, psi, gamma, i, j):
    """How far the boundary is from the sample in log odds of angles; infinite outside both."""
    angle = psi[i][j]
    if math.sin(angle) < 1e-9:
        return math.inf if row[i] > row[j] else -math.inf
    along = (row[j] - row[i] * math.cos(angle)) / math.sin(angle)
    alpha = math.atan2(along, row[i])
    theta = pair_angle(counts, norms, psi, gamma, i, j) / angle
    if 0 < alpha < angle:
        return math.log(theta / (1 - theta)) - math.log(alpha / (angle - alpha))
    if alpha < angle - math.pi:
        beyond = alpha + math.pi
        return math.log(beyond / (angle - beyond)) - math.log(theta / (1 - theta))
    return math.inf if alpha <= 0 else -math.inf


def vote_winner(row, counts, norms, psi, gamma, ties):
    """The class predicted: most votes; among equals by margin or by count."""
    won = votes(row, counts, norms, psi, gamma)
    top = [k for k in range(len(won)) if won[k] == max(won)]
    top.sort(key=lambda k: -counts[k])
    if ties == "head":
        return top[0]
    worst = [
        min((margin(row, counts, norms, psi, gamma, i, j) for j in top if j != i), default=0)
        for i in top
    ]
    return top[worst.index(max(worst))]


def duel_turns(row, counts, norms, psi, bounds):
    """Every gamma at which a duel of this row turns, by root finding."""
    found = []
    for i in range(len(counts)):
        for j in range(i):
            ends = [duel(row, counts, norms, psi, g, i, j) for g in bounds]
            if ends[0] * ends[1] < 0:
                root = brentq(
                    lambda g, i=i, j=j: duel(row, counts, norms, psi, g, i, j), *bounds, xtol=1e-14
                )
                found.append(root)
    return found
