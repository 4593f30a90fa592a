"""Exact paths of every rule on one problem of seven classes, and metrics by loop."""

import numpy as np

from app.adjust.exact import exact_path
from app.longtail import frequency_groups

RULES = ["mla", "ala", "1vs1"]
COUNTS = np.array([700.0, 12, 45, 260, 30, 5, 90])


def problem(num_rows=150, seed=0, absent=()):
    rng = np.random.default_rng(seed)
    labels = rng.choice([k for k in range(7) if k not in absent], num_rows)
    logits = rng.normal(size=(num_rows, 7)) + 1.5 * np.eye(7)[labels] + np.log10(COUNTS) / 2
    return logits, labels


LOGITS, LABELS = problem()
PATHS = {rule: exact_path(LOGITS, LABELS, COUNTS, rule) for rule in RULES}


def metric_by_loop(name, labels, right, counts):
    """Plain recalls and means of one metric."""
    groups = frequency_groups(counts)
    recall = {k: float(np.mean(right[labels == k])) for k in set(labels.tolist())}
    if name == "accuracy":
        return float(np.mean(right))
    if name == "balanced_accuracy":
        return sum(recall.values()) / len(recall)
    if name == "worst_class":
        return min(recall.values())
    means = {}
    for group in ("many", "medium", "few"):
        own = [value for k, value in recall.items() if groups[k] == group]
        if own:
            means[group] = sum(own) / len(own)
    return min(means.values()) if name == "worst_group" else means[name]
