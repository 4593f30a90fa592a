"""Training losses for long-tailed data: their common formula in NumPy, and functions for torch.

The functions are imported when first used: they bring torch, which takes over a second.
"""

from typing import TYPE_CHECKING, Any

from app.losses.form import LossForm, class_temperatures, loss_form

if TYPE_CHECKING:
    from app.losses.baselines import (
        RotatedHead,
        arb,
        balanced_dot_regression,
        deferred_weights,
        dot_regression,
        mixed,
        mixup,
    )
    from app.losses.centers import center_cosine, center_regression, nearest_center
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
    from app.losses.retrain import (
        class_balanced,
        class_balanced_binary,
        class_balanced_sigmoid,
        lort,
        power_weighted,
    )

__all__ = [
    "LOSSES",
    "LossForm",
    "RotatedHead",
    "arb",
    "balanced_dot_regression",
    "balanced_softmax",
    "cdt",
    "center_cosine",
    "center_regression",
    "class_balanced",
    "class_balanced_binary",
    "class_balanced_sigmoid",
    "class_temperatures",
    "cosine_logits",
    "cross_entropy",
    "deferred_weights",
    "dot_regression",
    "focal",
    "ldam",
    "ldt",
    "logit_adjusted",
    "lort",
    "loss_form",
    "mixed",
    "mixup",
    "mse",
    "nearest_center",
    "power_weighted",
    "vs",
    "weighted_cross_entropy",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from app.losses import baselines, centers, functions, retrain

        homes = (home for home in (functions, retrain, centers, baselines) if hasattr(home, name))
        return getattr(next(homes), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
