"""Which state of a head is reported, and in which words."""

from typing import Literal

from app.probe.spec import ProbeSpec, Selection


def choosing_split(selection: Selection) -> Literal["test", "validation"]:
    """Rows on which epochs, rates, decays and parameters of rules are chosen."""
    return "test" if selection == "best-on-test" else "validation"


def may_be_reported(selection: Selection, step: int, steps_an_epoch: int, trained: bool) -> bool:
    """Whether the state of a head after a step is one that may be reported.

    Of a trained head the start may not, which is stage 1; with "best-on-test" only states after
    whole epochs, as the papers do. "last" replaces each by the next.
    """
    if not trained:
        return step == 0
    if selection == "best-on-test":
        return step > 0 and step % steps_an_epoch == 0
    return step > 0


def protocol(spec: ProbeSpec, validation_rows: int, test_rows: int) -> str:
    """Say in one sentence where every reported number comes from."""
    metric = spec.metric.replace("_", " ")
    seeds = f"seed {spec.seed}" if spec.seeds == 1 else f"{spec.seeds} seeds from {spec.seed}"
    if spec.selection == "best-on-test":
        chosen = (
            f"epoch and parameters with the best {metric} on the same {test_rows:,} test rows that "
            "judge them (optimistic: the papers' protocol)"
        )
    elif spec.selection == "validation":
        chosen = (
            f"state and parameters with the best {metric} on {validation_rows:,} validation rows, "
            f"judged on {test_rows:,} test rows"
        )
    elif validation_rows:
        chosen = (
            f"last of {spec.epochs} epochs, parameters with the best {metric} on "
            f"{validation_rows:,} validation rows, judged on {test_rows:,} test rows"
        )
    else:
        chosen = f"last of {spec.epochs} epochs, judged on {test_rows:,} test rows"
    return f"{chosen}; {seeds}"
