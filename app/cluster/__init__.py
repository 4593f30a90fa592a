"""Sweeps, comparisons and GPU runs on the machines of a Dask cluster.

What is computed is the same code with the same settings, cut into the same pieces, so that the
results are those of one machine bit for bit on equal hardware. Dask moves pickles between its
processes: scheduler and workers are trusted like the server itself, which is why only the operator
names a scheduler (`--scheduler`, or COLLAPSE_LAB_SCHEDULER), never a page, a link or a file. What
is sent are functions of this package by name, settings, and arrays; nothing uploaded is code. For
encrypted connections give a tls:// address and Dask's own settings for certificates.

Scheduler and workers run in a folder with the same version of the app: ``dask scheduler``, and on
each machine ``dask worker tcp://SCHEDULER:8786 --nthreads 1``, which computes one piece at a time
on all cores; with a GPU ``--resources "GPU=1"`` besides. Dask sets OMP_NUM_THREADS=1 for workers:
sums are rounded in the order in which threads share them, so comparisons are equal bit for bit to
those of a process that has one as well.
"""

from app.cluster.address import VARIABLE, operators_scheduler
from app.cluster.cluster import Cluster, cluster_at
from app.cluster.engines import clustered, compute_on, device_on, on_gpu_worker, waited_for

__all__ = [
    "VARIABLE",
    "Cluster",
    "cluster_at",
    "clustered",
    "compute_on",
    "device_on",
    "on_gpu_worker",
    "operators_scheduler",
    "waited_for",
]
