"""Sweeps, comparisons and GPU runs on the machines of a Dask cluster.

What is computed is the same code with the same settings, cut into the same pieces, so that the
results are those of one machine bit for bit on equal hardware. Dask moves pickles between its
processes: scheduler and workers are trusted like the server itself, which is why only the operator
names a scheduler (`--scheduler`, or COLLAPSE_LAB_SCHEDULER), never a page, a link or a file. What
is sent are functions of this package by name, settings, and arrays; nothing uploaded is code. For
encrypted connections give a tls:// address and Dask's own settings for certificates.

Workers run in a folder with the same version of the app:
``dask worker tcp://SCHEDULER:8786 --nthreads 1``, a GPU worker with ``--resources "GPU=1"``.
"""

from app.cluster.address import VARIABLE, operators_scheduler
from app.cluster.cluster import Cluster, cluster_at
from app.cluster.engines import compute_on, device_on, on_gpu_worker, placed

__all__ = [
    "VARIABLE",
    "Cluster",
    "cluster_at",
    "compute_on",
    "device_on",
    "on_gpu_worker",
    "operators_scheduler",
    "placed",
]
