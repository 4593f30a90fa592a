"""A report of `app.tune` as plain text for a terminal."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from app.adjust.metrics import METRIC_TITLES

WIDEST = 110
_RECALLS = {
    "accuracy": "all",
    "balanced_accuracy": "balanced",
    "many": "many",
    "medium": "medium",
    "few": "few",
    "worst_group": "group",
    "worst_class": "worst",
}


def heading(record: Mapping[str, Any]) -> str:
    """File, size, imbalance and how the numbers come about."""
    counts = record["class_counts"]
    file = (
        f"{record['file']}: {record['samples']:,} samples, {record['classes']:,} classes, "
        f"imbalance ratio {record['imbalance_ratio']:g} "
        f"({max(counts):,} to {min(counts):,} training samples)"
    )
    protocol = f"For {_metric(record)}: {record['protocol']}."
    return f"{sentences(file)}\n{sentences(protocol)}"


def table(record: Mapping[str, Any]) -> str:
    """One line an adjuster, then what the columns mean."""
    spec = record["spec"]
    shown = [m for m in _RECALLS if m != "worst_group" or spec["metric"] == m]
    head = ["adjuster", "parameter [95 %]"]
    head += [_RECALLS[m] + "*" * (m == spec["metric"]) for m in shown] + ["NLL", "ECE", "p"]
    lines = [
        [
            line["adjuster"],
            _parameters(line),
            *(percent(line[m]) for m in shown),
            _number(line["nll"], 3),
            percent(line["ece"]),
            _number(line["p_value"], 4),
        ]
        for line in record["adjusters"]
    ]
    group = "group: the worst of many, medium and few; " if "worst_group" in shown else ""
    legend = (
        f"Recalls and ECE in %; *: what is tuned; many: over {spec['many']:,} training samples, "
        f"few: under {spec['few']:,}; {group}worst: the class of lowest recall; "
        f"p: of the difference to raw in {_metric(record)}."
    )
    return f"{aligned([head, *lines])}\n\n{sentences(legend)}"


def aligned(rows: Sequence[Sequence[str]], left: int = 2) -> str:
    """Rows of cells as columns; the first ``left`` columns start, the others end together."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDEST else " "
    return "\n".join(
        gap.join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def sentences(text: str) -> str:
    """Text on lines that fit, the second and later ones indented."""
    return textwrap.fill(text, WIDEST, subsequent_indent="  ", break_on_hyphens=False)


def percent(share: float | None) -> str:
    """A share in per cent with one decimal."""
    return _number(None if share is None else 100 * share, 1)


def _number(value: float | None, decimals: int) -> str:
    return "n/a" if value is None else f"{value:.{decimals}f}"


def _parameters(line: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name} {value:.3f}" for name, value in line["parameters"].items())
    if line["bootstrap_95"] is not None:
        low, high = line["bootstrap_95"]
        text += f" [{low:.2f}, {high:.2f}]"
    return text or "-"


def _metric(record: Mapping[str, Any]) -> str:
    return METRIC_TITLES[record["spec"]["metric"]].lower()
