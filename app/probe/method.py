"""What a re-training method is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.adjust.adjusters import AdjusterName

MethodName = Literal[
    "stage1",
    "ce",
    "cosine",
    "lws",
    "ldam",
    "ldam-raw",
    "ldam-drw",
    "balanced-softmax",
    "la",
    "vs",
    "resampling",
    "crt",
    "focal",
    "cb-ce",
    "cb-bce",
    "ltwb-cb",
    "maxnorm",
    "ltwb",
    "tau-norm",
    "posthoc-la",
    "posthoc-la-tuned",
    "posthoc-mla",
    "1vs1",
    "disalign",
    "label-smoothing",
    "lort",
    "ncm",
    "least-squares",
]
Head = Literal["linear", "cosine", "scaled", "gated"]
Sampler = Literal["instance", "class"]
Start = Literal["stage1", "random", "means", "least-squares"]
Numbers = Mapping[str, float | str]


@dataclass(frozen=True)
class Recipe:
    """How a method is trained unless the settings say otherwise.

    Attributes
    ----------
    learning_rate : float
        At `batch_size`; with other batches it is scaled in proportion.
    batch_size : int
    weight_decay : float
        On everything trained, as ``torch.optim.SGD`` has it.
    bias_decays : bool
        Whether on the bias too.
    """

    learning_rate: float
    batch_size: int
    weight_decay: float
    bias_decays: bool = True


# Kang et al., ICLR 2020, and Ren et al., NeurIPS 2020, who re-train for longer but at this rate.
DECOUPLING = Recipe(0.1, 512, 5e-4)


@dataclass(frozen=True)
class Rule:
    """A post-hoc rule of `app.adjust.ADJUSTERS` with one parameter.

    Attributes
    ----------
    adjuster, parameter : str
    value : float
        Of the parameter, where it is not tuned.
    tuned : bool
        Whether it is tuned, exactly, where there are rows to tune it on.
    """

    adjuster: AdjusterName
    parameter: str
    value: float
    tuned: bool = True


@dataclass(frozen=True)
class Method:
    """One line of the table.

    Attributes
    ----------
    name, title, source : str
    loss : str or None
        A name of `app.losses.tables.LINKS`; None if nothing is trained by steps.
    parameters : mapping of str to float or str
        Of the loss.
    settings : mapping of str to str
        Parameters of the loss that are a field of `ProbeSpec`, and which.
    head : str
        What is trained: "linear" W and b; "cosine" the directions of W, with normalised features
        and no bias; "scaled" one factor a class on the logits of stage 1; "gated" a scale and
        shift a class on the logits of stage 1, mixed in by a learned gate.
    scale : float
        Of the logits of a cosine head.
    start : str
        "stage1", "random" (uniform within 1 / sqrt(d)), or, without training, class "means" or
        "least-squares" on one-hot targets.
    sampler : str
        "instance": every sample once an epoch; "class": as many draws, every class alike.
    deferral : float
        Share of the epochs after which `late` is added to the parameters.
    late : mapping of str to float or str
    max_norm : float or None
        Of a linear head: after every epoch rows of W longer than ``min + max_norm (max - min)``
        of the norms of the stage-1 rows are brought back to that length.
    rule : Rule or None
        Applied to the logits of stage 1.
    recipe : Recipe
    """

    name: MethodName
    title: str
    source: str
    loss: str | None = None
    parameters: Numbers = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    head: Head = "linear"
    scale: float = 1.0
    start: Start = "stage1"
    sampler: Sampler = "instance"
    deferral: float = 1.0
    late: Numbers = field(default_factory=dict)
    max_norm: float | None = None
    rule: Rule | None = None
    recipe: Recipe = DECOUPLING

    @property
    def trained(self) -> bool:
        """Whether it takes steps."""
        return self.loss is not None
