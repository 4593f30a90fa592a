"""The papers: every claim, where to see it, what was measured here, and whether it holds."""

import streamlit as st

from app.papers import VERDICT_WORDS, misreadings, papers, read_results
from app.papers.results import FILE
from app.ui.errors import guarded
from app.ui.glossary import PLACE, defined
from app.ui.header import header, share, teaching
from app.ui.papers.glossary import glossary_columns
from app.ui.papers.spec import PAGE, PapersSpec
from app.ui.papers.tables import claims_table, heading, misreadings_table, summary, verdict_of
from app.ui.specs import close_spec, control, open_spec

place = header(
    "Papers",
    "What five papers claim, where this lab shows it, what was measured here, and whether it "
    "holds. Figures come from stored results, verdicts from the figures.",
)
with guarded():
    spec, results = open_spec(PapersSpec, PAGE), read_results()
    chosen = {} if teaching() else {"verdicts": control(spec, PAGE, "verdicts", VERDICT_WORDS)}
    spec = close_spec(spec, PAGE, chosen)
    st.markdown(summary([claim for paper in papers() for claim in paper.claims], results))
    for paper in papers():
        listed = [c for c in paper.claims if verdict_of(c, results) in spec.verdicts]
        st.subheader(paper.title, anchor=False)
        st.markdown(heading(paper))
        if listed:
            st.markdown(defined(claims_table(listed, results)))
        else:
            st.caption("No claim of this paper has a verdict that is chosen above.")
    wrong = misreadings()
    st.subheader(wrong.title, anchor=False)
    st.markdown(defined(wrong.words))
    st.markdown(defined(misreadings_table(wrong.claims, results)))
    st.subheader("Words and symbols", anchor=PLACE)
    for column, entries in zip(st.columns(2, gap="large"), glossary_columns(2), strict=True):
        column.markdown(entries)
    if not teaching():
        st.caption("`python -m app papers verify` measures everything again, in seconds.")
        st.download_button("Download the results", FILE.read_bytes(), FILE.name)
    share(place, spec, PAGE)
