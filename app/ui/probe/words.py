"""Names and sentences of the page /probe."""

from app.adjust.metrics import METRIC_TITLES, MetricName
from app.probe import MethodName
from app.ui.probe.spec import ColorName, ProjectionName

PAGE = "probe"

SHORT_NAMES: dict[MethodName, str] = {
    "stage1": "Stage 1",
    "ce": "CE",
    "cosine": "Cosine",
    "lws": "LWS",
    "ldam": "LDAM",
    "ldam-raw": "LDAM, raw logits",
    "ldam-drw": "LDAM-DRW",
    "balanced-softmax": "Balanced softmax",
    "la": "LA loss",
    "vs": "VS loss",
    "resampling": "Re-sampling",
    "crt": "cRT",
    "focal": "Focal",
    "cb-ce": "CB-CE",
    "cb-bce": "CB-BCE",
    "ltwb-cb": "LTWB's CB",
    "maxnorm": "MaxNorm",
    "ltwb": "LTWB",
    "tau-norm": "τ-norm",
    "posthoc-la": "Post-hoc LA",
    "posthoc-la-tuned": "Post-hoc LA, tuned",
    "posthoc-mla": "Post-hoc MLA",
    "1vs1": "1vs1adjuster",
    "disalign": "DisAlign",
    "label-smoothing": "Label smoothing",
    "lort": "LORT",
    "ncm": "NCM",
    "least-squares": "Least squares",
}
FAMILIES: dict[str, tuple[MethodName, ...]] = {
    "To compare with": ("stage1", "ce", "ncm", "least-squares"),
    "After training, no steps": (
        "posthoc-la",
        "posthoc-la-tuned",
        "posthoc-mla",
        "1vs1",
        "tau-norm",
    ),
    "Losses": (
        "balanced-softmax",
        "la",
        "vs",
        "ldam",
        "ldam-raw",
        "ldam-drw",
        "focal",
        "cb-ce",
        "cb-bce",
        "ltwb-cb",
        "label-smoothing",
        "lort",
    ),
    "Sampling, norms, scales": (
        "resampling",
        "crt",
        "cosine",
        "lws",
        "maxnorm",
        "ltwb",
        "disalign",
    ),
}
METRIC_WORDS: dict[MetricName, str] = METRIC_TITLES
PROFILE_WORDS = {"exponential": "Exponential", "step": "Step: many and few"}
SCHEDULE_WORDS = {"cosine": "Cosine", "constant": "Constant"}
DTYPE_WORDS = {"float32": "32 bit", "float64": "64 bit"}
DEVICE_WORDS = {"auto": "GPU if there is one", "cpu": "CPU", "cuda": "GPU"}
PROJECTION_WORDS: dict[ProjectionName, str] = {"pca": "PCA", "umap": "UMAP"}
COLOR_WORDS: dict[ColorName, str] = {
    "change": "Fixed and broken",
    "group": "Frequency group",
    "class": "Class",
}


def percent(value: float) -> str:
    """A share in percent; n/a for NaN."""
    return "n/a" if value != value else f"{100 * value:.1f} %"
