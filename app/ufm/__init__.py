"""The unconstrained-features model: its settings, training, optimum and collapse metrics."""

from app.ufm.certificate import Certificate, certificate
from app.ufm.metrics import collapse_metrics
from app.ufm.observe import observe
from app.ufm.run import run
from app.ufm.solve import solve, solve_many
from app.ufm.spec import UFMSpec

__all__ = [
    "Certificate",
    "UFMSpec",
    "certificate",
    "collapse_metrics",
    "observe",
    "run",
    "solve",
    "solve_many",
]
