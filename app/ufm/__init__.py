"""The unconstrained-features model: its settings, training, optimum and collapse metrics."""

from app.ufm.spec import UFMSpec

__all__ = ["UFMSpec"]
