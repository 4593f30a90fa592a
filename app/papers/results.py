"""Stored results of the checks: figures, words, verdict and date, in one JSON file."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app import __version__
from app.errors import UserError
from app.papers.claims import FOLDER, Claim
from app.papers.verdict import Measured, Verdict

FILE = FOLDER / "results.json"
SCHEMA = 1
"""Raised when the meaning of a check or of the file changes: older results are refused."""

_LIBRARIES = ("numpy", "scipy", "torch")


@dataclass(frozen=True)
class Result:
    """What was measured of one claim, and on which day (ISO 8601, UTC)."""

    values: dict[str, float]
    text: str
    verdict: Verdict
    date: str


def measured(
    claims: Iterable[Claim], checks: Mapping[str, Callable[[], Measured]]
) -> dict[str, Result]:
    """Run the checks of the claims that have one; results by the id of the claim.

    Raises
    ------
    UserError
        If a claim names a check that does not exist.
    """
    today = datetime.now(UTC).date().isoformat()
    found = {}
    for claim in claims:
        if claim.check is None:
            continue
        if claim.check not in checks:
            raise UserError(f"check of {claim.id} must be one of {', '.join(checks)}.")
        found[claim.id] = Result(**checks[claim.check]()._asdict(), date=today)
    return found


def read_results(path: Path = FILE) -> dict[str, Result]:
    """Read stored results by the id of their claim.

    Raises
    ------
    UserError
        If they were stored under another schema.
    """
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content["schema"] != SCHEMA:
        raise UserError(
            f"results of the papers must have schema {SCHEMA}, got {content['schema']}: "
            "`python -m app papers verify` computes them again."
        )
    return {id: Result(**record) for id, record in content["results"].items()}


def write_results(results: Mapping[str, Result], path: Path = FILE) -> None:
    """Store results, with the versions that computed them."""
    content = {
        "schema": SCHEMA,
        "versions": {"collapse-lab": __version__, **{n: version(n) for n in _LIBRARIES}},
        "results": {id: asdict(result) for id, result in results.items()},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def largest_difference(one: Result, other: Result) -> float:
    """Largest difference of their values, relative to the larger of 1 and the value.

    Infinite if the verdicts or the names of the values differ.
    """
    if one.verdict != other.verdict or one.values.keys() != other.values.keys():
        return math.inf
    pairs = [(value, other.values[name]) for name, value in one.values.items()]
    return max((abs(a - b) / max(1.0, abs(a)) for a, b in pairs), default=0.0)
