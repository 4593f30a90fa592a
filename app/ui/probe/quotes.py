"""What the LORT paper reports, as quotes: never mixed with what is measured here.

Lu et al., "Rethinking Classifier Re-Training in Long-Tailed Recognition", arXiv 2403.00250v1,
tables 1 to 3.
"""

from collections.abc import Sequence

import streamlit as st

from app.ui.glossary import caption

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
    ("CE", "38.3", "43.8", "55.7", "65.9", "37.5", "7.7", "44.4", "72.2", "63.0", "57.2", "61.7"),
    ("Focal", "38.4", "44.3", "55.7", "36.4", "29.9", "16.0", "30.5", "", "", "", "61.1"),
    ("LDAM-DRW", "42.0", "46.6", "58.7", "", "", "", "48.8", "", "", "", ""),
    ("cRT", "", "", "", "61.8", "46.2", "27.3", "49.6", "69.0", "66.0", "63.2", "65.2"),
    (
        "τ-norm",
        "47.7",
        "52.5",
        "63.8",
        "59.1",
        "46.9",
        "30.7",
        "49.4",
        "65.6",
        "65.3",
        "65.5",
        "65.6",
    ),
    (
        "CB-CE",
        "39.6",
        "45.3",
        "58.0",
        "39.6",
        "32.7",
        "16.8",
        "33.2",
        "53.4",
        "54.8",
        "53.2",
        "54.0",
    ),
    ("De-confound", "44.1", "50.3", "59.6", "62.7", "48.8", "31.6", "51.8", "", "", "", ""),
    ("BALMS", "50.8", "", "63.0", "61.1", "48.5", "31.8", "50.9", "65.5", "67.5", "67.5", "67.2"),
    ("BBN", "42.6", "47.0", "59.1", "", "", "", "", "49.4", "70.8", "65.3", "66.3"),
    ("LogitAdjust", "42.0", "47.0", "57.7", "", "", "", "51.1", "", "", "", "69.4"),
    ("DisAlign", "", "", "", "61.3", "52.2", "31.4", "52.9", "69.0", "71.1", "70.2", "70.6"),
    (
        "LTWB",
        "53.4",
        "57.7",
        "68.7",
        "62.5",
        "50.4",
        "41.5",
        "53.9",
        "71.2",
        "70.4",
        "69.7",
        "70.2",
    ),
    ("AREA", "48.8", "51.8", "60.1", "", "", "", "49.5", "", "", "", "68.4"),
    ("RBL", "53.1", "57.2", "", "64.8", "49.6", "34.2", "53.3", "", "", "", ""),
    ("EWB-FDR", "53.0", "", "", "63.4", "50.0", "35.1", "53.2", "", "", "", ""),
    (
        "LORT",
        "54.9",
        "58.8",
        "69.7",
        "63.2",
        "50.7",
        "42.3",
        "54.4",
        "69.2",
        "70.7",
        "71.3",
        "70.8",
    ),
    ("RIDE*", "49.1", "", "", "67.9", "52.3", "36.0", "56.1", "66.5", "72.1", "71.5", "71.3"),
    ("SSD*", "46.0", "50.5", "62.3", "66.8", "53.1", "35.4", "56.0", "", "", "", "71.5"),
    (
        "PaCo*",
        "52.0",
        "56.0",
        "64.2",
        "63.2",
        "51.6",
        "39.2",
        "54.4",
        "69.5",
        "72.3",
        "73.1",
        "72.3",
    ),
    ("OPeN*", "51.9", "56.7", "", "", "", "", "55.1", "", "", "", ""),
    (
        "BCL*",
        "51.0",
        "54.9",
        "64.4",
        "65.3",
        "53.5",
        "36.3",
        "55.6",
        "69.5",
        "72.4",
        "71.7",
        "71.8",
    ),
)
TABLE_3: tuple[Row, ...] = (
    ("CE", "41.59", "41.67", "44.18", "43.87", "45.03", "45.01", "45.18"),
    ("CE-DRW", "42.38", "42.38", "42.55", "42.41", "44.27", "44.39", "44.88"),
    ("LDAM-DRW", "44.43", "44.45", "44.58", "44.47", "45.34", "45.52", "45.86"),
    ("Balanced softmax", "45.90", "45.91", "46.04", "45.90", "46.81", "46.76", "47.08"),
)
_PARTS = ("Many", "Medium", "Few", "All")
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
        "Table 2",
        (
            "Method",
            *(f"C100-LT, {ratio}" for ratio in (100, 50, 10)),
            *(f"{data} {part}" for data in ("INet-LT", "iNat18") for part in _PARTS),
        ),
        TABLE_2,
        "CIFAR100-LT at three ratios, ImageNet-LT and iNaturalist 2018. Numbers of other methods "
        "are copied from papers with other backbones and joint training; a dash is a cell that "
        "the paper leaves empty. * Listed as upper bounds: several experts, contrastive or other "
        "training of the backbone. Which cells are empty was lost in the text version of the "
        "table and found again from the numbers of the original papers.",
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
        caption(
            "Lu et al., arXiv 2403.00250v1: top-1 accuracy in percent, in tables 1 and 3 on "
            "CIFAR100-LT. The epoch "
            "with the best test accuracy is reported, of the best of five trials, so differences "
            "of some tenths carry no information. Other data and another protocol than above."
        )
        for tab, (_, head, rows, words) in zip(
            st.tabs([title for title, *_ in _TABLES]), _TABLES, strict=True
        ):
            with tab:
                st.markdown(table(head, rows))
                st.caption(words)


def table(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table; numbers to the right, a dash for an empty cell."""
    lines = [head, (":---", *("---:",) * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in line)} |" for line in lines)
