"""Training a model as soon as the page asks for it."""

from app.centers import CentersSpec, run
from app.ui.centers.words import PAGE
from app.ui.held import Held, held

# Numbers times steps that are trained without being asked for: some seconds.
_UNASKED = 6e8
# Most models are trained within it, and are there when the page is drawn for the first time.
_FIRST_LOOK_SECONDS = 1.0


def training_of(spec: CentersSpec) -> Held[CentersSpec]:
    """Return this session's training of a model; what is quick begins unless it is stored."""
    found = held(PAGE, spec)
    numbers = spec.num_samples * (spec.dim or spec.needed_dim)
    if found.missing and numbers * spec.steps <= _UNASKED:
        found.begin(run)
        assert found.job is not None
        found.job.wait(_FIRST_LOOK_SECONDS)
    return found
