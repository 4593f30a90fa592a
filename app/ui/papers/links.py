"""Links from a claim to the page that shows it, with the full state of that page."""

from urllib.parse import urlencode

from app.papers import Claim
from app.spec import Spec
from app.tune.spec import TuneSpec
from app.ui.centers.spec import CentersPageSpec
from app.ui.collapse.spec import CollapseSpec
from app.ui.live_spec import BoundariesSpec
from app.ui.minority.spec import MinoritySpec
from app.ui.probe.spec import ProbePageSpec

PAGES: dict[str, tuple[str, type[Spec]]] = {
    "boundaries": ("Boundaries", BoundariesSpec),
    "collapse": ("Collapse", CollapseSpec),
    "minority": ("Minority collapse", MinoritySpec),
    "centers": ("Multiple centers", CentersPageSpec),
    "probe": ("Linear probe", ProbePageSpec),
    "tune": ("Tune gamma", TuneSpec),
}
"""Title and kind of settings of every page that can show a claim, by its address."""


def link(claim: Claim) -> str:
    """Return the link as Markdown, relative to this page; empty if no page shows the claim."""
    if claim.page is None:
        return ""
    title, kind = PAGES[claim.page]
    spec, _ = kind.from_query(claim.query)
    return f"[{title} →]({claim.page}?{urlencode(spec.to_query())})"
