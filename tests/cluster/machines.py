"""A scheduler and workers as processes of their own, over TCP on the loopback interface."""

import gc
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = {
    # What Dask sets for the processes it starts; the tests' own process has as many threads.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # A lost machine is noticed at once, and nobody looks at the pages of the scheduler.
    "DASK_DISTRIBUTED__DASHBOARD__ENABLED": "False",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s",
}


class Process:
    """A child process whose output is kept in a file, and which never outlives the test."""

    def __init__(self, log, *command, folder=ROOT, **environment):
        self.log = log
        with log.open("w") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=os.environ | _ENVIRONMENT | {"PYTHONPATH": str(folder)} | environment,
                start_new_session=True,
            )

    def wait_for(self, pattern, seconds=60):
        """First match of a pattern in what it says."""
        end = time.monotonic() + seconds
        while (found := re.search(pattern, self.log.read_text())) is None:
            if self._child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"no {pattern!r} in: {self.log.read_text()}")
            time.sleep(0.05)
        return found

    def tie(self, core):
        """Let it run on one core only."""
        for thread in Path(f"/proc/{self._child.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), [core])

    def kill(self):
        """End it without a word, as a lost machine does."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


class Machines:
    """A cluster that machines join and leave."""

    def __init__(self, folder, scheduler_folder):
        self._folder, self._all = folder, []
        self._scheduler_folder = scheduler_folder
        self.scheduler, self.address = self._started_scheduler(0)

    def _started_scheduler(self, port):
        command = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--no-dashboard")
        scheduler = self._start(*command, "--port", str(port), folder=self._scheduler_folder)
        return scheduler, scheduler.wait_for(r"Scheduler at: +(tcp://[\d.:]+)")[1]

    def restart_scheduler(self):
        """Kill it and start another one at its address."""
        self.scheduler.kill()
        self.scheduler, _ = self._started_scheduler(self.address.rpartition(":")[2])

    def worker(self, *options, **environment):
        """Start a worker, which is one process: without Dask's nanny it is not started again."""
        command = ("distributed.cli.dask_worker", self.address, "--no-nanny", "--nthreads", "1")
        folder = ("--local-directory", str(self._folder), "--no-dashboard")
        return self._start(*command, *folder, *options, **environment)

    def _start(self, *command, **environment):
        log = self._folder / f"{len(self._all)}.log"
        self._all.append(Process(log, *command, **environment))
        return self._all[-1]

    def close(self):
        """End everything."""
        for process in reversed(self._all):
            process.kill()


@contextmanager
def machines(folder, scheduler_folder=ROOT):
    """A scheduler without workers; logs go to a folder."""
    found = Machines(folder, scheduler_folder)
    try:
        yield found
    finally:
        found.close()
        forget_connections()


def forget_connections():
    """Let go of Dask's sockets now: what was killed under them left some open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
