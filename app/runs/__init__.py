"""Finished computations: what they are and where they are kept."""

from app.runs.run import Run, Snapshot

__all__ = ["Run", "Snapshot"]
