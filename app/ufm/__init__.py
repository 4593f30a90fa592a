"""The unconstrained-features model: its settings, training, optimum and collapse metrics."""

from app.ufm.batch import Solutions, solve_batch
from app.ufm.certificate import Certificate, certificate, certificates
from app.ufm.metrics import collapse_metrics
from app.ufm.observe import observe
from app.ufm.run import run
from app.ufm.solve import solve, solve_many
from app.ufm.spec import UFMSpec
from app.ufm.train_many import run_many

__all__ = [
    "Certificate",
    "Solutions",
    "UFMSpec",
    "certificate",
    "certificates",
    "collapse_metrics",
    "observe",
    "run",
    "run_many",
    "solve",
    "solve_batch",
    "solve_many",
    "warm_up",
]


def warm_up() -> None:
    """Load the compiled kernels: train and solve a tiny model, with and without a ReLU."""
    for relu in (False, True):
        list(observe(UFMSpec(counts=(2, 1), dim=2, steps=3, relu=relu)))
