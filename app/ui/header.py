"""What stands at the top of every page: title, lead, link and projector view."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from app.spec import Spec
from app.ui.bundle import ASSETS
from app.ui.copy_link import copy_link
from app.ui.glossary import defined
from app.ui.specs import VIEW

TEACH = "teach"


def teaching() -> bool:
    """Whether the page is projected: controls hidden, figures larger (``?view=teach``)."""
    return st.query_params.get(VIEW) == TEACH


def header(title: str, lead: str) -> st.delta_generator.DeltaGenerator:
    """Write title and lead; return the place for `share`, beside them."""
    st.html(ASSETS / "page.css")
    words, actions = st.columns([5, 2])
    with words:
        st.title(title, anchor=False)
        if not teaching():
            st.markdown(defined(lead))
    return actions.container(horizontal=True, horizontal_alignment="right", gap="small")


def share(place: st.delta_generator.DeltaGenerator, spec: Spec, page: str) -> None:
    """Put "Copy link" and "Present" in their place; the link holds every field."""
    parts = urlsplit(st.context.url or "")
    address = f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else ""
    link = f"{address}?{urlencode(spec.to_query())}"
    with place:
        copy_link(link, key=f"{page}:copy")
        label = "Leave" if teaching() else "Present"
        if st.button(label, key=f"{page}:present", help="Hide the controls, enlarge the figures."):
            if teaching():
                del st.query_params[VIEW]
            else:
                st.query_params[VIEW] = TEACH
            st.rerun()
