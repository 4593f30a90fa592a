"""What a file and the settings mean for tuning: the comparison to run, and what to warn of."""

from collections.abc import Iterator

import numpy as np

from app.adjust.adjusters import AdjusterName, Setup, logit_signs
from app.adjust.compare import Comparison, Line
from app.adjust.rules import center_rows, multiplicative_scale
from app.data import Upload, score_scale, to_logits
from app.errors import UserError
from app.tune.spec import TuneSpec


def bundled_spec(upload: Upload) -> dict[str, object]:
    """Settings that suit a bundled sample: its split, and groups for large counts."""
    assert upload.class_counts is not None
    settings: dict[str, object] = {"judge": "split" if upload.split is not None else "folds"}
    if upload.class_counts.min() >= 20:
        # The thresholds of CIFAR10-LT (Hasegawa & Sato, ICLR 2025): the usual 100 and 20 would
        # leave a group empty.
        settings |= {"many": 1000, "few": 200}
    return settings


def comparison(upload: Upload, spec: TuneSpec) -> Comparison:
    """Return the comparison of adjusters on a file.

    Raises
    ------
    UserError
        If the file has no labels or counts, or a custom prior does not fit.
    """
    if upload.labels is None:
        raise UserError(f"{upload.name} holds no labels; tuning needs the true class of each row.")
    if upload.class_counts is None:
        raise UserError(
            f"{upload.name} holds no class counts; adjusting needs the number of training "
            "samples of each class."
        )
    scores = to_logits(upload, "log") if spec.scale == "log" else upload
    return Comparison(scores.logits, upload.labels, setup(upload, spec), upload.split)


def setup(upload: Upload, spec: TuneSpec) -> Setup:
    """What the adjusters use of a file besides its logits."""
    assert upload.class_counts is not None
    if spec.prior == "custom" and len(spec.custom_prior) != upload.class_counts.size:
        raise UserError(
            f"custom prior must hold {upload.class_counts.size} positive numbers, one a class, "
            f"got {len(spec.custom_prior)}."
        )
    prior = {"balanced": None, "train": "train", "custom": np.array(spec.custom_prior)}
    norms = upload.class_means is not None and spec.norms
    return Setup(
        upload.class_counts,
        # Logarithms of probabilities are all negative: as they are, MLA would work backwards.
        center=spec.scale != "as-is",
        target_prior=prior[spec.prior],
        weight_norms=None if upload.weights is None else _norms(upload.weights),
        bias=upload.bias,
        weights=upload.weights if spec.angles == "weights" else None,
        feature_norms=_norms(upload.class_means) if norms else None,  # type: ignore[arg-type]
        ties=spec.ties,
        many=spec.many,
        few=spec.few,
    )


def _norms(rows: np.typing.NDArray[np.floating]) -> np.typing.NDArray[np.float64]:
    return np.asarray(np.linalg.norm(rows.astype(np.float64), axis=1))


def warnings(upload: Upload, spec: TuneSpec) -> list[str]:
    """What a user should know before believing a number, one sentence each."""
    found = []
    kind = score_scale(upload.logits)
    if kind != "logits" and spec.scale == "as-is":
        remedy = "logarithms or centring" if kind == "probabilities" else "centring"
        found.append(
            f"The scores look like {kind}: MLA depends on where zero is, so consider {remedy} "
            "under “Scores are”."
        )
    negative, _ = logit_signs(upload.logits) if spec.scale == "as-is" else (0, 0)
    if negative:
        share = negative / len(upload.logits)
        found.append(
            f"In {negative:,} rows ({share:.1%}) every logit is negative: there MLA works "
            "backwards, moving predictions towards frequent classes; centring leaves no such row "
            f"and changes {_changed_by_centring(upload):.1%} of the predictions of MLA at gamma "
            "= 0.5."
        )
    found += _missing_classes(upload, spec)
    if upload.logits.shape[1] == 2 and spec.scale != "as-is":
        found.append("With two classes and centred logits MLA cannot change any prediction.")
    return found


def _changed_by_centring(upload: Upload, most: int = 5000) -> float:
    """Share of MLA's predictions that centring changes, on at most so many evenly spaced rows."""
    assert upload.class_counts is not None
    z = upload.logits[:: -(-len(upload.logits) // most)]
    scale = multiplicative_scale(upload.class_counts, 0.5)
    return float(((z * scale).argmax(axis=1) != (center_rows(z) * scale).argmax(axis=1)).mean())


def _missing_classes(upload: Upload, spec: TuneSpec) -> list[str]:
    if upload.labels is None:
        return []
    sizes = np.bincount(upload.labels, minlength=upload.logits.shape[1])
    absent = np.flatnonzero(sizes == 0)
    found = []
    if absent.size:
        shown = ", ".join(class_label(upload, int(k)) for k in absent[:5])
        more = f" and {absent.size - 5} more" if absent.size > 5 else ""
        found.append(f"No samples of {shown}{more}: they have no recall and count in no metric.")
    smallest = sizes[sizes > 0].min()
    if spec.judge == "folds" and smallest < spec.folds:
        found.append(
            f"The smallest class has {smallest} samples, fewer than the {spec.folds} folds: it is "
            "missing from some of them."
        )
    return found


def tuned_lines(
    work: Comparison, spec: TuneSpec, names: tuple[AdjusterName, ...]
) -> Iterator[Line]:
    """Tune and judge adjusters as the settings say, raw first."""
    return work.lines(
        names,
        spec.metric,
        (spec.low, spec.high),
        judge=spec.judge,
        folds=spec.folds,
        seed=spec.seed,
        samples=spec.samples,
    )


def class_labels(upload: Upload) -> list[str]:
    """Name of every class, or its number."""
    return [class_label(upload, k) for k in range(upload.logits.shape[1])]


def class_label(upload: Upload, k: int) -> str:
    """Name of a class, or its number."""
    return f"class {k}" if upload.class_names is None else upload.class_names[k]
