"""The table of re-training methods: what each trains, from where, on which loss and samples.

The trainer knows none of them by name: a method is a head, a loss of `app.losses`, a sampler, a
constraint and a post-hoc rule, with the numbers of its authors. To add one, add a line.

The meta-sampler of BALMS (Ren et al., NeurIPS 2020) does not fit and is left out: it draws every
mini-batch from class rates that are learned on the way, by differentiating a step of the
classifier through the drawn samples, so that it neither shares batches with other methods nor is
described by a loss. What remains of BALMS on frozen features is `balanced-softmax`.
"""

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
Numbers = Mapping[str, float]


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
_DECOUPLING = Recipe(0.1, 512, 5e-4)


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
    parameters : mapping of str to float
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
    late : mapping of str to float
    max_norm : float or None
        Rows of W are kept, after every epoch, below ``min + max_norm (max - min)`` of the norms
        of the stage-1 rows.
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
    recipe: Recipe = _DECOUPLING

    @property
    def trained(self) -> bool:
        """Whether it takes steps."""
        return self.loss is not None


_LDAM: Numbers = {"margin": 0.5, "scale": 30.0}
_LTWB = "Alshammari et al., CVPR 2022"
_KANG = "Kang et al., ICLR 2020"
_CAO = "Cao et al., NeurIPS 2019"
_CUI = "Cui et al., CVPR 2019"
_LORT = "Lu et al., 2024, arXiv 2403.00250"
_RETARGETING = Recipe(5e-4, 64, 0.0)

METHODS: dict[MethodName, Method] = {
    method.name: method
    for method in (
        Method("stage1", "Stage 1 (vanilla FC)", "the classifier the features were trained with"),
        Method("ce", "CE re-training", "the same loss, once more", loss="ce"),
        Method(
            "cosine",
            "Cosine, scale 16",
            f"{_KANG}, whose code squashes feature norms where here they are 1",
            loss="ce",
            head="cosine",
            scale=16.0,
        ),
        Method(
            "lws",
            "LWS",
            f"{_KANG}; their code scales the bias too",
            loss="ce",
            head="scaled",
            sampler="class",
            recipe=Recipe(0.2, 512, 5e-4),
        ),
        Method(
            "ldam",
            "LDAM (cosine, s = 30)",
            _CAO,
            loss="ldam",
            parameters=_LDAM,
            head="cosine",
        ),
        Method(
            "ldam-raw",
            "LDAM on raw logits",
            f"as printed by {_LORT}",
            loss="ldam",
            parameters={"margin": 0.5, "scale": 1.0},
        ),
        Method(
            "ldam-drw",
            "LDAM-DRW",
            f"{_CAO}; class-balanced weights in the last fifth of the epochs",
            loss="ldam",
            parameters=_LDAM,
            head="cosine",
            deferral=0.8,
            late={"beta": 0.9999},
        ),
        Method(
            "balanced-softmax",
            "Balanced softmax",
            "Ren et al., NeurIPS 2020",
            loss="balanced_softmax",
        ),
        Method(
            "la",
            "LA loss",
            "Menon et al., ICLR 2021; tau = 1 is balanced softmax",
            loss="la",
            settings={"tau": "tau"},
        ),
        Method(
            "vs",
            "VS loss",
            "Kini et al., NeurIPS 2021",
            loss="vs",
            parameters={"gamma": 0.3, "tau": 1.0},
        ),
        Method(
            "resampling",
            "Class-balanced re-sampling",
            "1 / (K n_y) a sample, with replacement",
            loss="ce",
            sampler="class",
        ),
        Method(
            "crt",
            "cRT",
            f"{_KANG}: re-sampling from a new classifier",
            loss="ce",
            sampler="class",
            start="random",
            recipe=Recipe(0.2, 512, 5e-4),
        ),
        Method(
            "focal",
            "Focal, exponent 2",
            "Lin et al., ICCV 2017",
            loss="focal",
            parameters={"focusing": 2.0},
        ),
        Method("cb-ce", "CB-CE", _CUI, loss="cb", parameters={"beta": 0.9999}),
        Method(
            "cb-bce",
            "CB-BCE",
            f"{_CUI}, sigmoid",
            loss="cb_sigmoid",
            parameters={"beta": 0.9999},
            recipe=Recipe(0.1, 512, 5e-4, bias_decays=False),
        ),
        Method(
            "ltwb-cb",
            "LTWB's CB loss",
            f"{_LTWB}: binary cross-entropy of softmax outputs",
            loss="cb_binary",
            parameters={"beta": 0.9999},
        ),
        Method("maxnorm", "CE + MaxNorm", _LTWB, loss="ce", max_norm=0.1),
        Method(
            "ltwb",
            "LTWB",
            f"{_LTWB}: its CB loss, weight decay and MaxNorm",
            loss="cb_binary",
            parameters={"beta": 0.9999},
            max_norm=0.1,
            recipe=Recipe(0.01, 64, 0.1),
        ),
        Method(
            "tau-norm",
            "tau-norm",
            f"{_KANG}; the bias is dropped",
            rule=Rule("tau-norm", "tau", 1.0),
        ),
        Method(
            "posthoc-la",
            "Post-hoc LA, tau = 1",
            "Menon et al., ICLR 2021",
            rule=Rule("ala", "tau", 1.0, tuned=False),
        ),
        Method(
            "posthoc-la-tuned",
            "Post-hoc LA, tuned",
            "Menon et al., ICLR 2021",
            rule=Rule("ala", "tau", 1.0),
        ),
        Method(
            "posthoc-mla",
            "Post-hoc MLA, tuned",
            "Hasegawa & Sato, ICLR 2025",
            rule=Rule("mla", "gamma", 0.5),
        ),
        Method(
            "1vs1",
            "1vs1adjuster, tuned",
            "Hasegawa & Sato, ICLR 2025",
            rule=Rule("1vs1", "gamma", 0.5),
        ),
        Method(
            "disalign",
            "DisAlign",
            "Zhang et al., CVPR 2021, written as z + c (s z + b)",
            loss="grw",
            parameters={"rho": 1.2},
            head="gated",
            recipe=Recipe(0.1, 256, 5e-4),
        ),
        Method(
            "label-smoothing",
            "Label smoothing 0.2",
            "Szegedy et al., CVPR 2016",
            loss="lort",
            parameters={"delta": 0.2},
            recipe=_RETARGETING,
        ),
        Method(
            "lort",
            "LORT",
            f"{_LORT}; LOS in its ICLR 2025 version",
            loss="lort",
            settings={"delta": "delta"},
            recipe=_RETARGETING,
        ),
        Method("ncm", "NCM", f"nearest class mean; {_KANG}", start="means"),
        Method(
            "least-squares",
            "Least squares",
            "ridge regression on one-hot labels",
            start="least-squares",
        ),
    )
}
