"""Computations: run in the background, and kept as files once they are finished."""

from app.runs.file import read_run, run_bytes, write_run
from app.runs.job import Job
from app.runs.origin import provenance
from app.runs.record import collect
from app.runs.run import Run, Snapshot
from app.runs.runner import Runner
from app.runs.store import Entry, RunStore, default_store

__all__ = [
    "Entry",
    "Job",
    "Run",
    "RunStore",
    "Runner",
    "Snapshot",
    "collect",
    "default_store",
    "provenance",
    "read_run",
    "run_bytes",
    "write_run",
]
