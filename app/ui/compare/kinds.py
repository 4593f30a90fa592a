"""The kinds of runs the page knows: what it says of them, and where they open."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from app.centers.spec import LOSS_WORDS as CENTERS_LOSS_WORDS
from app.centers.spec import CentersSpec
from app.errors import UserError
from app.probe.spec import ProbeSpec
from app.runs import Run
from app.runs.presets import presets
from app.runs.words import shown
from app.spec import Spec
from app.ufm.spec import LOSS_WORDS as UFM_LOSS_WORDS
from app.ufm.spec import UFMSpec
from app.ufm.sweep import SweepSpec
from app.ui.centers.spec import from_model as centers_page
from app.ui.collapse.spec import from_model as collapse_page
from app.ui.minority.spec import from_sweep as minority_page
from app.ui.probe.spec import from_comparison as probe_page

LOSS_WORDS = dict[str, str](CENTERS_LOSS_WORDS.items()) | dict[str, str](UFM_LOSS_WORDS.items())


Shapes = dict[str, tuple[int, ...]]


class Facts(NamedTuple):
    """What the table tells of a spec.

    Attributes
    ----------
    loss : str
        Its short name; empty if there is none.
    classes : int or None
        K.
    ratios : (low, high) or None
        Imbalance ratios from and to.
    decays : str
        In words.
    """

    loss: str
    classes: int | None
    ratios: tuple[float, float] | None
    decays: str


@dataclass(frozen=True)
class Kind:
    """A kind of runs.

    Attributes
    ----------
    words : str
        Its name on the page.
    facts : callable
        Of a spec.
    shapes : callable
        Of a run: shape by name of the arrays without which its page cannot show it.
    page : str
        Name of the file of the page that shows its runs.
    settings : callable
        That page's settings for a spec.
    """

    words: str
    facts: Callable[[Any], Facts]
    shapes: Callable[[Run], Shapes]
    page: str
    settings: Callable[[Any], Spec]


def _ratios(counts: tuple[int, ...]) -> tuple[float, float]:
    return max(counts) / min(counts), max(counts) / min(counts)


def _pair(spec: Any) -> str:
    """The decays of classifier and features, once if they are equal."""
    found = dict.fromkeys(f"{value:.3g}" for value in (spec.weight_decay, spec.feature_decay))
    return ", ".join(found)


def _model_facts(spec: UFMSpec) -> Facts:
    return Facts(spec.loss, spec.num_classes, _ratios(spec.counts), _pair(spec))


def _sweep_facts(spec: SweepSpec) -> Facts:
    decays = f"{spec.decay_low:.3g} to {spec.decay_high:.3g}"
    return Facts(spec.loss, spec.classes, (spec.ratio_low, spec.ratio_high), decays)


def _centers_facts(spec: CentersSpec) -> Facts:
    decays = _pair(spec) if spec.loss == "p" else f"{spec.norm_decay:.3g}"
    return Facts(spec.loss, spec.num_classes, _ratios(spec.counts), decays)


def _probe_facts(spec: ProbeSpec) -> Facts:
    return Facts("", None, None if spec.ratio is None else (spec.ratio, spec.ratio), "")


def _model_shapes(run: Run) -> Shapes:
    spec: Any = run.spec
    vectors = (spec.num_classes, spec.dim)
    needed: Shapes = {"classifier": vectors, "means": vectors}
    return needed | ({"bias": vectors[:1]} if spec.bias else {})


def _sweep_shapes(run: Run) -> Shapes:
    spec: Any = run.spec
    names = ("objective", "lower_bound", "certificate_ratio", "minority_distance")
    more = ("minority_norm", "rank", "accuracy", "logit_size")
    return dict.fromkeys(names + more, (spec.decays.size, spec.ratios.size))


def _centers_shapes(run: Run) -> Shapes:
    spec: Any = run.spec
    vectors = (spec.num_classes, spec.dim or spec.needed_dim)
    return {"means": vectors, "unit_means": vectors}


def _probe_shapes(run: Run) -> Shapes:
    """The data say how many classes and features there are."""
    spec: Any = run.spec
    sizes = np.shape(run.arrays.get("classifier", ()))[2:]
    heads = (len(spec.methods), spec.seeds)
    needed: Shapes = dict.fromkeys(("recalls", "magnitude", "norms"), (*heads, *sizes[:1]))
    return {"classifier": (*heads, *sizes)} | needed


KINDS: dict[str, Kind] = {
    "UFMSpec": Kind("Collapse", _model_facts, _model_shapes, "collapse", collapse_page),
    "SweepSpec": Kind("Minority collapse", _sweep_facts, _sweep_shapes, "minority", minority_page),
    "CentersSpec": Kind(
        "Multiple centers", _centers_facts, _centers_shapes, "centers", centers_page
    ),
    "ProbeSpec": Kind("Linear probe", _probe_facts, _probe_shapes, "probe", probe_page),
}


def kind_of(spec: Spec) -> Kind | None:
    """The kind of a spec, None for one that is settings of a page or a test alone."""
    return KINDS.get(type(spec).__name__)


def facts_of(spec: Spec) -> Facts:
    """What the table tells of a spec of any kind."""
    kind = kind_of(spec)
    return Facts("", None, None, "") if kind is None else kind.facts(spec)


def kind_words(spec: Spec) -> str:
    """Name of its kind on the page."""
    kind = kind_of(spec)
    return type(spec).__name__ if kind is None else kind.words


@cache
def _titles() -> dict[str, str]:
    kinds: tuple[type[Spec], ...] = (UFMSpec, SweepSpec, CentersSpec, ProbeSpec)
    return {preset.spec.id: preset.title for kind in kinds for preset in presets(kind)}


def title_of(spec: Spec) -> str:
    """Title of the preset that it is, else what sets it apart in a few words."""
    if (title := _titles().get(spec.id)) is not None:
        return title
    facts = facts_of(spec)
    parts = [spec.data] if isinstance(spec, ProbeSpec) else []
    parts += [facts.loss.upper() if len(facts.loss) < 5 else facts.loss.capitalize()]
    parts += [f"{facts.classes} classes"] if facts.classes else []
    parts += [f"R = {ratio_words(facts.ratios)}"] if facts.ratios else []
    return ", ".join(part for part in parts if part) or kind_words(spec)


def ratio_words(ratios: tuple[float, float] | None) -> str:
    """One ratio, or from and to."""
    if ratios is None:
        return ""
    return " to ".join(dict.fromkeys(f"{ratio:,.4g}" for ratio in ratios))


def link_query(spec: Spec) -> dict[str, str] | None:
    """What opens a run in its page; None if no page shows its kind.

    All fields: an address without any would open the page as it was left.
    """
    kind = kind_of(spec)
    if kind is None:
        return None
    query = kind.settings(spec).to_query()
    return {name: text for name, text in query.items() if text}


def check_shapes(run: Run) -> None:
    """Refuse a run that its page could not show.

    Raises
    ------
    UserError
        If its kind is not one of those here, or an array is missing, of another shape than its
        spec asks for, or not finite.
    """
    kind = kind_of(run.spec)
    if kind is None:
        raise UserError(f"runs of kind {shown(type(run.spec).__name__)} are not kept.")
    for name, shape in kind.shapes(run).items():
        if name not in run.arrays:
            raise UserError(f"a run of this kind must hold {name}, and this one does not.")
        array = np.asarray(run.arrays[name])
        if array.shape != shape or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise UserError(
                f"{name} must be finite numbers of shape {shape}, got {array.dtype} {array.shape}."
            )
