"""Choosing the data of /tune: an upload, with what the file lacks asked for, or a sample."""

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.data import (
    SAMPLES,
    TEMPLATE_FORMATS,
    AmbiguousKeys,
    Upload,
    load,
    parse_counts,
    read_counts,
    read_upload,
    write_template,
)
from app.data.apart import prepare
from app.longtail import Profile, class_counts
from app.tune import TuneSpec, bundled_spec
from app.ui.once import kept
from app.ui.specs import store, with_values
from app.ui.text import plain
from app.ui.tune.words import PAGE

_KEPT = f"{PAGE}:kept"
_ROUND = f"{PAGE}:round"  # A new key empties the drop zone.
_TYPES = ["npz", "npy", "safetensors", "csv", "parquet", "pt"]


class Chosen(NamedTuple):
    """Data ready to tune on.

    Attributes
    ----------
    upload : Upload
        With labels and class counts.
    key : str
        Changes whenever the data do.
    shared : bool
        A bundled sample, the same for everyone; an upload belongs to its session alone.
    origin : str
        How an upload came here, in words.
    """

    upload: Upload
    key: str
    shared: bool
    origin: str = "uploaded before"


@kept(8)
def sample(name: str) -> Upload:
    """Read a bundled sample, once for all sessions."""
    return load(name)


def presets() -> dict[str, Any]:
    """Settings that suit the sample a link names, for fields that the link leaves out."""
    name = st.query_params.get("data", "")
    return bundled_spec(sample(name)) if name in SAMPLES else {}


def choose_data(spec: TuneSpec, hidden: bool) -> Chosen | None:
    """Draw the drop zone and the samples; return the data once they are complete.

    An upload stays chosen while the page is left or projected (``hidden``), when its widget is
    not there, until it is forgotten or a sample is opened.

    Raises
    ------
    UserError
        For a file or counts that cannot be used.
    """
    state, file = st.session_state, None
    if not hidden:
        with st.container(border=not spec.data):
            drop, ready = st.columns([3, 2], gap="large")
            file = _drop_zone(drop)
            with ready:
                _samples(spec)
                _templates()
    if file is not None:
        state[_KEPT] = _uploaded(file)
    if (kept := state.get(_KEPT)) is not None:
        if file is None and not hidden:
            _offer_to_forget(kept)
        return kept  # type: ignore[no-any-return]
    if spec.data:
        return Chosen(sample(spec.data), f"sample:{spec.data}", True)
    return None


def hand_over(upload: Upload, key: str, origin: str) -> None:
    """Choose data that another page made; they are kept like an upload.

    Parameters
    ----------
    upload : Upload
        With labels and class counts; if it has a split, that is what judges.
    key, origin : str
        See `Chosen`.
    """
    state = st.session_state
    state[_KEPT] = Chosen(upload, key, False, origin)
    state[_ROUND] = state.get(_ROUND, 0) + 1
    spec: TuneSpec = state.get(f"{PAGE}:spec", TuneSpec())
    judge = {} if upload.split is None else {"judge": "split"}
    store(PAGE, with_values(spec, {"data": "", **judge}))


def _drop_zone(place: DeltaGenerator) -> UploadedFile | None:
    prepare()
    return place.file_uploader(
        "Logits of your classifier on labelled data it was not trained on",
        type=_TYPES,
        key=f"{PAGE}:file:{st.session_state.get(_ROUND, 0)}",
        on_change=_forget,
        help="npz, npy, safetensors, csv, parquet or pt with logits (N, K) and labels (N,); "
        "class_counts, weights, bias and split are used if present. The file stays in this "
        "session's memory and is never written to disk.",
    )


def _offer_to_forget(kept: Chosen) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Using {plain(kept.upload.name)}, {kept.origin}.")
        st.button("Forget it", key=f"{PAGE}:forget", on_click=_forget)


def _forget() -> None:
    """Drop the upload chosen before; a new file is read, a sample left."""
    spec: TuneSpec = st.session_state[f"{PAGE}:spec"]
    st.session_state.pop(_KEPT, None)
    store(PAGE, with_values(spec, {"data": ""}))


def _samples(spec: TuneSpec) -> None:
    st.caption("Or look at a bundled sample")
    with st.container(horizontal=True, gap="small"):
        for name in SAMPLES:
            chosen = spec.data == name and _KEPT not in st.session_state
            st.button(
                name,
                key=f"{PAGE}:sample:{name}",
                on_click=_open,
                args=(name,),
                type="primary" if chosen else "secondary",
            )


def _open(name: str) -> None:
    """Show a sample under the settings that suit it."""
    spec: TuneSpec = st.session_state[f"{PAGE}:spec"]
    st.session_state.pop(_KEPT, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    store(PAGE, with_values(spec, {"data": name, **bundled_spec(sample(name))}))


def _templates() -> None:
    with st.popover("File templates"):
        st.caption("Twelve made-up rows of four classes, to imitate.")
        for kind in TEMPLATE_FORMATS:
            st.download_button(
                f"template.{kind}",
                partial(write_template, kind),
                file_name=f"template.{kind}",
                key=f"{PAGE}:template:{kind}",
                on_click="ignore",
            )


def _uploaded(file: UploadedFile) -> Chosen | None:
    """Read the file, asking for what it lacks."""
    state, lacking = st.session_state, f"{PAGE}:lacks_labels:{file.file_id}"
    labels = _ask_labels(file, state[lacking]) if lacking in state else None
    label_id = labels.file_id if labels is not None else ""
    keys = {**state.get(_answers(file.file_id), {}), **state.get(_answers(label_id), {})}
    try:
        upload = _read(file.file_id, label_id, tuple(keys.items()), file, labels)
    except AmbiguousKeys as question:
        second = labels is not None and question.role == "labels"
        _ask_key(label_id if second else file.file_id, question, needed=second)
        return None
    if upload.labels is None:
        if lacking not in state:
            state[lacking] = upload.name
            st.rerun()
        return None
    key = f"upload:{file.file_id}:{label_id}:{sorted(keys.items())}"
    if upload.class_counts is not None:
        return Chosen(upload, key, False)
    counts = _ask_counts(upload)
    if counts is None:
        return None
    return Chosen(replace(upload, class_counts=counts), f"{key}:{counts.tolist()}", False)


def _ask_labels(file: UploadedFile, name: str) -> UploadedFile | None:
    """Ask for the labels in a file of their own, as long as the first one is there."""
    labels = st.file_uploader(
        "Labels", type=[*_TYPES, "txt"], key=f"{PAGE}:labels_file:{file.file_id}"
    )
    if labels is None:
        st.info(f"{plain(name)} holds no labels: add a file with the class of each row.")
    return labels


@st.cache_resource(show_spinner="Reading and checking the file", scope="session", max_entries=1)
def _read(
    file_id: str, label_id: str, keys: tuple[tuple[str, Any], ...], _file: Any, _labels: Any
) -> Upload:
    return read_upload(
        _file,
        _file.name,
        labels_file=_labels,
        labels_name=None if _labels is None else _labels.name,
        keys=dict(keys),
    )


def _answers(file_id: str) -> str:
    """Where the answers about the arrays of a file are kept."""
    return f"{PAGE}:keys:{file_id}"


def _ask_key(file_id: str, question: AmbiguousKeys, needed: bool) -> None:
    """Let the user say which array plays a role; a file needs logits, others may be absent."""
    st.info(plain(str(question)))
    none = () if needed or question.role == "logits" else ("None of these",)
    choice = st.selectbox(
        f"Which one holds the {question.role}?",
        [*question.candidates, *none],
        index=None,
        key=f"{PAGE}:key:{file_id}:{question.role}",
    )
    if choice is not None:
        answer = {question.role: None if choice in none else choice}
        kept = _answers(file_id)
        st.session_state[kept] = st.session_state.get(kept, {}) | answer
        st.rerun()


def _ask_counts(upload: Upload) -> Any:
    """Training samples of each class, typed, uploaded or from a profile; None until given."""
    num_classes = upload.logits.shape[1]
    st.info(
        f"{plain(upload.name)} does not say how many training samples each class had. "
        f"Adjusting needs these {num_classes:,} numbers; the labels of this file are not them."
    )
    way = st.segmented_control(
        "Class counts",
        ["Paste", "Upload", "Profile"],
        default="Paste",
        required=True,
        key=f"{PAGE}:counts_way",
    )
    if way == "Paste":
        text = st.text_area(
            "Counts in the order of the classes, or lines of name, count",
            key=f"{PAGE}:counts_text",
            placeholder="500, 120, 40, 10",
        )
        return parse_counts(text, num_classes, upload.class_names) if text.strip() else None
    if way == "Upload":
        file = st.file_uploader("Class counts", key=f"{PAGE}:counts_file")
        return file and read_counts(file, file.name, num_classes, upload.class_names)
    left, middle, right = st.columns(3)
    profile: Profile = left.selectbox("Profile", get_args(Profile), key=f"{PAGE}:profile")
    head = middle.number_input(
        "Samples of the first class", 1, 10**9, 500, key=f"{PAGE}:profile_head"
    )
    ratio = right.number_input("Imbalance ratio", 1.0, 1e6, 100.0, key=f"{PAGE}:profile_ratio")
    st.caption("The first class is taken to be the most frequent.")
    return class_counts(num_classes, int(head), float(ratio), profile)
