"""A runner under test, engines that wait to be let, and sessions that ask."""

import math
import threading
import time
from contextlib import contextmanager

from app.runs import Runner
from tests.runs.toy import Toy, snapshot

LONG = 30.0


class Gate:
    """An engine that computes a snapshot only when it is let."""

    def __init__(self):
        self.tickets = threading.Semaphore(0)
        self.starts = 0
        self.closed = threading.Event()

    def let(self, snapshots):
        self.tickets.release(snapshots)

    def __call__(self, spec):
        self.starts += 1
        try:
            for step in range(spec.steps + 1):
                assert self.tickets.acquire(timeout=LONG)
                yield snapshot(step)
        finally:
            self.closed.set()


def eventually(condition):
    """Wait until something is true that other threads make true."""
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


def steps(job):
    return [snapshot.step for snapshot in job.snapshots_since()]


def forget(job):
    """As if the session had given no sign of life for long."""
    job._watch.seen = -math.inf


@contextmanager
def running(**options):
    """A runner whose workers have all ended at the end of the block."""
    with Runner(**options) as runner:
        yield runner
    assert not any(thread.is_alive() for thread in runner._threads)


class Asker:
    """Names the session that asks, as a page does."""

    def __init__(self):
        self.name = ""

    def __call__(self):
        return self.name

    def ask(self, runner, name, seed, engine):
        self.name = name
        return runner.submit(Toy(seed=seed), engine)
