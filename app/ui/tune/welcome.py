"""What stands on /tune while there are no data: how to make a file, and what one gets."""

import streamlit as st

_SAVE = """
import numpy as np

np.savez(
    "logits.npz",
    logits=logits,  # (N, K), data not trained on
    labels=labels,  # (N,), classes 0..K-1
    class_counts=counts,  # (K,) training samples
    weights=W, bias=b,  # optional, for tau-norm
)
"""


def draw_welcome() -> None:
    """Say how to save logits, and what the page will do with them."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Save what your classifier says**")
        st.code(_SAVE.strip(), language="python")
    with right:
        st.markdown("**and get**")
        st.markdown(
            "- the exact curve of the metric over gamma (MLA, 1vs1adjuster) or tau (ALA, "
            "tau-norm): every step of it, no grid;\n"
            "- the best value as an interval, and where it falls on resampled data;\n"
            "- held-out accuracy, calibration and a paired test for every adjuster;\n"
            "- who gains and who loses, class by class and sample by sample;\n"
            "- code in NumPy and PyTorch with the tuned values."
        )
