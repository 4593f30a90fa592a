"""Where to go on with a comparison: /tune, files, code."""

import json

import numpy as np
import streamlit as st

from app.data import Upload
from app.data.features import FeatureSet, Rows
from app.probe import MethodName
from app.probe.methods import METHODS
from app.probe.posthoc import is_vote
from app.probe.results import reported_scores, reported_state
from app.runs import run_bytes
from app.theory.spread import feature_spread
from app.ui.probe.code import python_code
from app.ui.probe.data import cut, is_own, title_of
from app.ui.probe.spec import ProbePageSpec
from app.ui.probe.training import Seen
from app.ui.probe.words import PAGE, SHORT_NAMES
from app.ui.start import PAGES
from app.ui.tune.data import hand_over


def draw_hand_over(spec: ProbePageSpec, data: FeatureSet, seen: Seen) -> None:
    """Draw the way to /tune, the files and the code."""
    st.subheader("Take it on", anchor=False)
    comparison, name = spec.comparison(), spec.focused()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if is_vote(METHODS[name].rule):
            st.caption(f"{SHORT_NAMES[name]} votes, so it has no logits to send to /tune.")
        elif st.button(
            f"Send {SHORT_NAMES[name]} to Tune gamma",
            key=f"{PAGE}:send",
            type="primary",
            help="Logits, labels, class counts, weights and features of the method that the map "
            "shows; validation rows tune, test rows judge.",
        ):
            upload = upload_of(spec, data, seen, name)
            hand_over(upload, f"probe:{comparison.id}:{name}", "sent from Linear probe")
            st.switch_page(PAGES / "tune.py")
        if seen.run is not None:
            run = seen.run
            st.download_button(
                "Run (.safetensors)",
                lambda: run_bytes(run),
                file_name=f"{comparison.id}.safetensors",
                key=f"{PAGE}:run_file",
                on_click="ignore",
            )
        content = {"kind": "ProbeSpec", "spec": comparison.model_dump(mode="json")}
        st.download_button(
            "Spec (.json)",
            json.dumps(content, indent=1),
            file_name=f"{comparison.id}.json",
            key=f"{PAGE}:spec_file",
            on_click="ignore",
        )
    with st.expander("Python"):
        st.code(python_code(comparison, own=is_own(spec)), language="python")


def upload_of(spec: ProbePageSpec, data: FeatureSet, seen: Seen, name: MethodName) -> Upload:
    """What /tune takes: the reported classifier of the first seed on validation and test rows.

    Weights are there where the logits are linear in the features; for a cosine head the features
    are those of length 1.
    """
    comparison = spec.comparison()
    state = reported_state(comparison, seen.arrays, name)
    linear = not (state.gain.any() or state.shift.any())
    trained_on = cut(spec.data, spec.ratio, spec.profile, spec.seed, data).train
    parts = [*([] if data.val is None else [data.val]), data.test]
    unit = bool(state.unit[0])
    train = _features(trained_on, unit)
    labels = np.concatenate([rows.labels for rows in parts])
    split = np.repeat(["tune", "judge"][-len(parts) :], [rows.labels.size for rows in parts])
    counts = np.asarray(seen.arrays["counts"])
    sums = np.zeros((counts.size, data.dim))
    np.add.at(sums, trained_on.labels, train)
    return Upload(
        f"{title_of(spec)}, {SHORT_NAMES[name]}",
        np.concatenate([reported_scores(comparison, seen.arrays, rows, name) for rows in parts]),
        labels,
        counts,
        data.class_names,
        split if len(parts) == 2 else None,
        np.asarray(state.weights[0]) if linear else None,
        np.asarray(state.bias[0]) if linear else None,
        np.concatenate([_features(rows, unit) for rows in parts]),
        sums / counts[:, None],
        feature_spread(train, trained_on.labels, counts.size),
        metadata={"title": f"{title_of(spec)}, {METHODS[name].title}"},
    )


def _features(rows: Rows, unit: bool) -> np.ndarray:
    """Features as the head takes them."""
    if not unit:
        return rows.features
    norms = np.linalg.norm(rows.features, axis=1, keepdims=True)
    return np.asarray(rows.features / np.maximum(norms, np.finfo(np.float32).tiny))
