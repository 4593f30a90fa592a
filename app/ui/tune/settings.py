"""The controls of /tune above the curve."""

from typing import Any

import streamlit as st

from app.adjust.adjusters import ADJUSTERS
from app.adjust.compare import Comparison
from app.adjust.tuners import MOST_DUEL_CLASSES
from app.data import Upload
from app.tune import TuneSpec
from app.tune.session import setup
from app.ui.specs import control, store, with_values
from app.ui.tune.words import (
    ADJUSTER_WORDS,
    ANGLES_WORDS,
    JUDGE_WORDS,
    METRIC_WORDS,
    PAGE,
    PRIOR_WORDS,
    SCALE_WORDS,
    TIES_WORDS,
)

_SHARES = f"{PAGE}:custom_prior"
_TYPED = f"{PAGE}:custom_prior_typed"


def fitting(spec: TuneSpec, upload: Upload) -> TuneSpec:
    """Return the settings; shares of other classes than these data have give way, with a word."""
    assert upload.class_counts is not None
    size, given = upload.class_counts.size, len(spec.custom_prior)
    if spec.prior != "custom" or given == size:
        return spec
    st.warning(
        f"Classes at test time need {size:,} shares, one a class, got {given:,}: taking all "
        "classes to be equally likely."
    )
    spec = with_values(spec, {"prior": "balanced", "custom_prior": ()})
    st.session_state.pop(_TYPED, None)
    store(PAGE, spec)
    return spec


def draw_settings(spec: TuneSpec, upload: Upload) -> dict[str, Any]:
    """Draw the controls and return their values.

    Only what the data allow is offered: tau-norm needs weights, "split" a split.
    """
    values: dict[str, Any] = {}

    def draw(name: str, words: dict[Any, str] | None = None, allowed: Any = None) -> None:
        values[name] = control(spec, PAGE, name, words, allowed)

    assert upload.labels is not None
    work = Comparison(upload.logits, upload.labels, setup(upload, spec))
    offered = tuple(n for n in ADJUSTERS if n != "raw" and work.available(n))
    metric, low, high, judge, more = st.columns([3, 1.4, 1.4, 3, 2], vertical_alignment="bottom")
    with metric:
        draw("metric", METRIC_WORDS)
    with low:
        draw("low")
    with high:
        draw("high")
    with judge:
        draw("judge", JUDGE_WORDS, _judges(upload))
    with more.popover("More settings", width="stretch"):
        draw("scale", SCALE_WORDS)
        draw("many")
        draw("few")
        if values["judge"] == "folds":
            draw("folds")
        draw("samples")
        draw("seed")
        draw("prior", PRIOR_WORDS)
        if values["prior"] == "custom":
            values["custom_prior"] = _custom_prior(spec, upload)
        draw("ties", TIES_WORDS)
        if upload.weights is not None:
            draw("angles", ANGLES_WORDS)
        if upload.class_means is not None:
            draw("norms")
    draw("adjusters", ADJUSTER_WORDS, offered)
    for sentence in _missing(work):
        st.caption(sentence)
    return values


def _missing(comparison: Comparison) -> list[str]:
    """Why an adjuster is not offered."""
    sentences = []
    if not comparison.available("tau-norm"):
        sentences.append("tau-norm is not offered: the file holds no classifier weights.")
    if not comparison.available("1vs1"):
        sentences.append(
            f"1vs1adjuster is not offered beyond {MOST_DUEL_CLASSES} classes: its duels grow with "
            "their square."
        )
    return sentences


def _judges(upload: Upload) -> tuple[str, ...]:
    return ("folds", "same") if upload.split is None else ("split", "folds", "same")


def _custom_prior(spec: TuneSpec, upload: Upload) -> tuple[float, ...]:
    """Shares typed in, one a class; the last good ones until all of them are there."""
    assert upload.class_counts is not None
    size, state = upload.class_counts.size, st.session_state
    known = spec.custom_prior if len(spec.custom_prior) == size else (1.0,) * size
    wanted = state.get(_TYPED, state.get(_SHARES, ""))
    if _TYPED not in state and _parsed(wanted) != known:
        wanted = ", ".join(map(_short, known))
    if state.get(_SHARES) != wanted:
        state[_SHARES] = wanted
    text = st.text_area(
        f"Shares of the {size:,} classes at test time", key=_SHARES, on_change=_note_shares
    )
    shares = _parsed(text)
    if len(shares) != size or not all(0 < share < 1e300 for share in shares):
        st.error(f"Shares must be {size:,} positive numbers separated by commas.")
        return known
    state.pop(_TYPED, None)
    return shares


def _note_shares() -> None:
    """Keep what was typed until it is in the settings, as `app.ui.specs` does for its controls."""
    st.session_state[_TYPED] = st.session_state[_SHARES]


def _parsed(text: str) -> tuple[float, ...]:
    """The numbers in a text, none if a part is no number."""
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        return ()


def _short(share: float) -> str:
    """The shortest text of a number."""
    return min(f"{share:g}", repr(share), key=lambda text: (float(text) != share, len(text)))
