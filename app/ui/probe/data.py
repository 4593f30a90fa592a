"""Choosing the features of /probe: a bundled set or one's own, and how its tail is cut."""

import hashlib
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.data.bundled import FEATURE_SETS, load_features
from app.data.feature_file import read_features
from app.data.features import FeatureSet
from app.data.recut import recut
from app.data.upload import AmbiguousKeys
from app.probe import ProbeSpec
from app.ui.once import kept
from app.ui.probe.noted import note, shown
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.words import PAGE
from app.ui.specs import close_spec
from app.ui.text import plain

_OWN = f"{PAGE}:own"
_ANSWERS = f"{PAGE}:answers"
_AS_IS = "as is"
_RATIOS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_TYPES = ["npz", "safetensors", "pt"]


@st.cache_resource(show_spinner="Reading the features", max_entries=8)
def bundled(name: str) -> FeatureSet:
    """A bundled set, read once for all sessions."""
    return load_features(name)


def own() -> FeatureSet | None:
    """The set that this session has brought; its name is a digest of its file."""
    found: tuple[str, FeatureSet] | None = st.session_state.get(_OWN)
    return None if found is None else found[1]


def is_own(spec: ProbeSpec) -> bool:
    """Whether the settings name the set that this session has brought."""
    found = own()
    return found is not None and spec.data == found.name


def data_of(spec: ProbeSpec) -> FeatureSet:
    """The features that the settings name."""
    found = own()
    return found if found is not None and is_own(spec) else bundled(spec.data)


def title_of(spec: ProbeSpec) -> str:
    """What to call the set."""
    return str(st.session_state[_OWN][0]) if is_own(spec) else spec.data


@kept(4, scope="session")
def cut(name: str, ratio: float | None, profile: Any, seed: int, _data: FeatureSet) -> FeatureSet:
    """The features with the training rows of a seed."""
    return _data if ratio is None else recut(_data, ratio, profile, seed)


def known_data(spec: ProbePageSpec) -> ProbePageSpec:
    """Settings with data that are here; of a link that names others the default."""
    if spec.data in FEATURE_SETS or is_own(spec):
        return spec
    default = ProbePageSpec().data
    st.warning(
        f"There are no features named {plain(repr(spec.data))} here (those that somebody brings "
        f"stay in their session): using {default}."
    )
    return close_spec(spec, PAGE, {"data": default})


def draw_data(spec: ProbePageSpec) -> None:
    """Draw the choice of the set, the upload and the imbalance."""
    names = {name: name for name in FEATURE_SETS}
    if (found := own()) is not None:
        names[found.name] = st.session_state[_OWN][0]
    key = shown("data", spec.data)
    st.selectbox(
        "Features",
        list(names),
        key=key,
        format_func=lambda name: names[name],
        on_change=lambda: note({"data": st.session_state[key]}),
        help=ProbePageSpec.model_fields["data"].description,
    )
    with st.popover("Bring your own", width="stretch"):
        _draw_upload()
    _draw_ratio(spec)


def _draw_ratio(spec: ProbePageSpec) -> None:
    marks: list[Any] = [_AS_IS, *sorted({*_RATIOS, *([spec.ratio] if spec.ratio else [])})]
    key = shown("ratio", spec.ratio or _AS_IS)
    st.select_slider(
        "Imbalance ratio",
        marks,
        key=key,
        format_func=lambda mark: mark if mark == _AS_IS else f"{mark:g}",
        on_change=lambda: note({"ratio": _ratio(st.session_state[key])}),
        help="Training rows are thinned to this ratio of the largest to the smallest class, and "
        "stage 1 is fitted anew on them.",
    )


def _ratio(mark: Any) -> float | None:
    return None if mark == _AS_IS else float(mark)


def _draw_upload() -> None:
    st.markdown(
        "`train_features` (N, d), `train_labels` (N,), `test_features`, `test_labels`; "
        "optionally `val_features`, `val_labels`, `class_names`, and stage 1 as `weights` (K, d) "
        "and `bias` (K,). The file stays in this session's memory and is never written to disk."
    )
    file = st.file_uploader("Features and labels", type=_TYPES, key=f"{PAGE}:file")
    if file is not None:
        _take(file)


def _take(file: UploadedFile) -> None:
    """Read a file once, asking which array is which where that is not plain."""
    answers: dict[str, str] = st.session_state.setdefault(f"{_ANSWERS}:{file.file_id}", {})
    digest = hashlib.sha256(file.getbuffer()).hexdigest()[:16]
    read = f"own-{hashlib.sha256(f'{digest}{sorted(answers.items())}'.encode()).hexdigest()[:16]}"
    found = own()
    if found is None or found.name != read:
        try:
            fresh = read_features(file, file.name, keys=answers)
        except AmbiguousKeys as question:
            _ask(question, answers)
            return
        st.session_state[_OWN] = (fresh.name, replace(fresh, name=read))
        note({"data": read})
        st.rerun()
    for sentence in found.notes:
        st.caption(plain(sentence))


def _ask(question: AmbiguousKeys, answers: dict[str, str]) -> None:
    st.info(plain(str(question)))
    choice = st.selectbox(
        f"Which one holds the {question.role.replace('_', ' ')}?",
        question.candidates,
        index=None,
        key=f"{PAGE}:key:{question.role}",
    )
    if choice is not None:
        answers[question.role] = choice
        st.rerun()
