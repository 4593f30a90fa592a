"""What the LORT paper reports, as quotes: never mixed with what is measured here.

Lu et al., "Rethinking Classifier Re-Training in Long-Tailed Recognition", arXiv 2403.00250v1,
tables 1 to 3.
"""

import streamlit as st

Row = tuple[str, ...]

TABLE_1: tuple[Row, ...] = (
    ("Vanilla FC", "48.44", "78.74", "47.37", "14.33"),
    ("Vanilla cosine", "51.66", "77.77", "49.60", "23.60"),
    ("LWS", "48.99", "78.51", "47.51", "16.26"),
    ("LDAM", "52.94", "72.37", "54.31", "28.67"),
    ("Balanced softmax", "52.23", "77.63", "50.74", "24.33"),
    ("Re-sampling", "48.44", "78.74", "47.37", "14.33"),
    ("Focal", "50.94", "78.00", "49.97", "20.50"),
    ("Class-balanced, with BCE", "54.30", "71.71", "51.25", "37.53"),
    ("MaxNorm", "51.64", "77.60", "49.37", "23.99"),
    ("τ-normalised", "53.01", "74.74", "47.31", "34.30"),
    ("Post-hoc logit adjustment", "52.45", "75.57", "47.71", "31.00"),
)
TABLE_2: tuple[Row, ...] = (
    ("CE", "38.3", "43.8", "55.7"),
    ("Focal", "38.4", "44.3", "55.7"),
    ("LDAM-DRW", "42.0", "46.6", "58.7"),
    ("τ-norm", "47.7", "52.5", "63.8"),
    ("CB-CE", "39.6", "45.3", "58.0"),
    ("De-confound", "44.1", "50.3", "59.6"),
    ("BALMS", "50.8", "", "63.0"),
    ("BBN", "42.6", "47.0", "59.1"),
    ("LogitAdjust", "42.0", "47.0", "57.7"),
    ("LTWB", "53.4", "57.7", "68.7"),
    ("AREA", "48.8", "51.8", "60.1"),
    ("RBL", "53.1", "57.2", ""),
    ("EWB-FDR", "53.0", "", ""),
    ("LORT", "54.9", "58.8", "69.7"),
)
TABLE_3: tuple[Row, ...] = (
    ("CE", "41.59", "41.67", "44.18", "43.87", "45.03", "45.01", "45.18"),
    ("CE-DRW", "42.38", "42.38", "42.55", "42.41", "44.27", "44.39", "44.88"),
    ("LDAM-DRW", "44.43", "44.45", "44.58", "44.47", "45.34", "45.52", "45.86"),
    ("Balanced softmax", "45.90", "45.91", "46.04", "45.90", "46.81", "46.76", "47.08"),
)
_TABLES: tuple[tuple[str, Row, tuple[Row, ...], str], ...] = (
    (
        "Table 1",
        ("Method", "All", "Many", "Medium", "Few"),
        TABLE_1,
        "Ratio 100, ResNet-34 features, backbone frozen. The row of re-sampling is that of "
        "vanilla FC digit for digit, so it is no result to compare with. LORT is not in this "
        "table. No value of γ, β, δ, τ or of the cosine scale is printed.",
    ),
    (
        "Table 2, CIFAR100-LT",
        ("Method", "Ratio 100", "Ratio 50", "Ratio 10"),
        TABLE_2,
        "Numbers of other methods are copied from papers with other backbones and joint "
        "training; a dash is a cell that the paper leaves empty.",
    ),
    (
        "Table 3",
        ("Backbone by", "not re-trained", "CE", "Focal", "LDAM", "BS", "CB-BCE", "LORT"),
        TABLE_3,
        "Ratio 100, the classifier re-trained on a backbone trained by another loss. LORT is 0.15 "
        "to 0.49 above the better of BS and CB-BCE.",
    ),
)


def draw_quotes() -> None:
    """Draw the tables, closed at first."""
    with st.expander("What the LORT paper reports (quotes, not measured here)"):
        st.caption(
            "Lu et al., arXiv 2403.00250v1: top-1 accuracy in percent on CIFAR100-LT. The epoch "
            "with the best test accuracy is reported, of the best of five trials, so differences "
            "of some tenths carry no information. Other data and another protocol than above."
        )
        for tab, (_, head, rows, words) in zip(
            st.tabs([title for title, *_ in _TABLES]), _TABLES, strict=True
        ):
            with tab:
                st.markdown(table(head, rows))
                st.caption(words)


def table(head: Row, rows: tuple[Row, ...]) -> str:
    """A Markdown table; numbers to the right, a dash for an empty cell."""
    lines = [head, (":---", *("---:",) * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in line)} |" for line in lines)
