"""Training losses for long-tailed data: their common formula in NumPy, and functions for torch.

The functions are imported when first used: they bring torch, which takes over a second.
"""

from typing import TYPE_CHECKING, Any

from app.losses.form import LossForm, class_temperatures, loss_form

if TYPE_CHECKING:
    from app.losses.functions import (
        LOSSES,
        balanced_softmax,
        cdt,
        cosine_logits,
        cross_entropy,
        focal,
        ldam,
        ldt,
        logit_adjusted,
        mse,
        vs,
        weighted_cross_entropy,
    )

__all__ = [
    "LOSSES",
    "LossForm",
    "balanced_softmax",
    "cdt",
    "class_temperatures",
    "cosine_logits",
    "cross_entropy",
    "focal",
    "ldam",
    "ldt",
    "logit_adjusted",
    "loss_form",
    "mse",
    "vs",
    "weighted_cross_entropy",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from app.losses import functions

        return getattr(functions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
