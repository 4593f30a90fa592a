"""What the papers claim, and what was measured here of it."""

from app.papers.claims import Claim, Paper, all_claims, misreadings, papers
from app.papers.results import Result, largest_difference, measured, read_results, write_results
from app.papers.verdict import VERDICT_WORDS, Measured, Verdict

__all__ = [
    "VERDICT_WORDS",
    "Claim",
    "Measured",
    "Paper",
    "Result",
    "Verdict",
    "all_claims",
    "largest_difference",
    "measured",
    "misreadings",
    "papers",
    "read_results",
    "write_results",
]
