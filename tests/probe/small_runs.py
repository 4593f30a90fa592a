"""Comparisons of heads that take a moment."""

from app.adjust.metrics import METRICS
from app.probe import ProbeSpec, run
from tests.probe.sets import clouds

DATA = clouds([60, 30, 15, 6], spread=1.5)
SPEC = ProbeSpec(
    data="clouds",
    methods=("stage1", "ce", "balanced-softmax", "posthoc-la-tuned", "1vs1", "lort", "crt"),
    epochs=4,
    batch_size=16,
)
BALANCED = METRICS.index("balanced_accuracy")


def changed(**values):
    return ProbeSpec(**(SPEC.model_dump() | values))


def last(spec, data=DATA):
    *_, final = run(spec, data)
    return final
