"""The table of re-training methods: what each trains, from where, on which loss and samples.

The trainer knows none of them by name: a method is a head, a loss of `app.losses`, a sampler, a
constraint and a post-hoc rule, with the numbers of its authors. To add one, add a line.

The meta-sampler of BALMS (Ren et al., NeurIPS 2020) does not fit and is left out: it draws every
mini-batch from class rates that are learned on the way, by differentiating a step of the
classifier through the drawn samples, so that it neither shares batches with other methods nor is
described by a loss. What remains of BALMS on frozen features is `balanced-softmax`.
"""

from app.probe.method import Method, MethodName, Numbers, Recipe, Rule

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
            parameters={"gamma": 0.3, "tau": 1.0, "normalization": "max"},
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
