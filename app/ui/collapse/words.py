"""Names and sentences of the page /collapse."""

PAGE = "collapse"

CURVES = {
    "objective": "objective",
    "loss": "loss",
    "lower_bound": "lower bound",
    "gap": "certified gap",
    "gradient_norm": "gradient norm",
    "theory_classifier": "W Wᵀ from theory",
    "theory_means": "H Hᵀ from theory",
    "theory_logits": "W Hᵀ from theory",
    "optimum_logits": "W Hᵀ from optimum",
    "nc1": "NC1",
}

# Entries of the glossary whose formula is that of a loss.
LOSS_FORMULAS = {"ce": ("cross-entropy",), "la": ("LA",), "cdt": ("CDT",), "ldt": ("LDT",)}

OPTIMIZER_WORDS = {
    "gd": "Gradient descent",
    "momentum": "Momentum",
    "nesterov": "Nesterov with restart",
    "adam": "Adam",
    "lbfgs": "L-BFGS",
}

CLASSIFIER_WORDS = {"learned": "Learned", "etf": "Fixed to a simplex ETF"}
CONVENTION_WORDS = {"mean": "Mean over samples", "sum": "Sum over samples"}
DTYPE_WORDS = {"float64": "64 bit", "float32": "32 bit"}
DEVICE_WORDS = {"auto": "GPU if there is one", "cpu": "CPU", "cuda": "GPU"}
MODE_WORDS = {"train": "Train", "solve": "Optimum at once"}
AGAINST_WORDS = {"theory": "Closed form", "optimum": "Certified optimum"}


def certificate_sentence(
    objective: float, lower_bound: float, ratio: float, dim_short: bool
) -> str:
    """What the certificate says, in one sentence."""
    if lower_bound != lower_bound:
        return "For this model no lower bound is known, so nothing is certified."
    share = max(0.0, objective - lower_bound) / max(abs(objective), 1e-300)
    if share <= 1e-6:
        return (
            "This is the global optimum: no classifier and features of any dimension do better "
            f"by more than {max(share, 1e-15):.0e} of the objective."
        )
    if ratio > 1 + 1e-3:
        reason = (
            "there are fewer dimensions than classes, so the bound may be out of reach"
            if dim_short
            else "where training stands still at such a point it is stuck or on a saddle, however "
            "much it looks like collapse"
        )
        return (
            f"The objective is at most {share:.2g} of itself above the global optimum and the "
            f"ratio is {ratio:.2f}, above 1: {reason}."
        )
    return (
        f"The objective is at most {share:.2g} of itself above the global optimum; training on "
        "would narrow this."
    )


def number(value: float) -> str:
    """A number of any size in a few characters."""
    if value != value:
        return "none"
    return f"{value:.5g}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.2e}"
