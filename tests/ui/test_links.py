"""The whole state of every page is in its link: settings, link and page agree."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.errors import UserError
from app.runs import Runner
from app.tune import TuneSpec
from app.ui.centers.spec import CentersPageSpec
from app.ui.collapse.spec import CollapseSpec
from app.ui.compare.spec import CompareSpec
from app.ui.learn.spec import LessonSpec
from app.ui.live_spec import BoundariesSpec
from app.ui.minority.spec import MinoritySpec
from app.ui.papers.spec import PapersSpec
from app.ui.probe.spec import ProbePageSpec
from app.ui.specs import VIEW
from app.ui.start import StartSpec
from tests.strategies import specs_of

MAIN = Path(__file__).resolve().parents[2] / "app/main.py"
KINDS = {
    "start": StartSpec,
    "learn": LessonSpec,
    "boundaries": BoundariesSpec,
    "collapse": CollapseSpec,
    "minority": MinoritySpec,
    "centers": CentersPageSpec,
    "probe": ProbePageSpec,
    "tune": TuneSpec,
    "compare": CompareSpec,
    "papers": PapersSpec,
}
pages = pytest.mark.parametrize("page", KINDS)


def test_every_page_of_the_table_is_here():
    assert set(re.findall(r'PAGES / "(\w+)\.py"', MAIN.read_text())) == set(KINDS)


@pages
def test_no_field_is_called_what_a_link_needs_itself(page):
    assert not {VIEW, "v"} & KINDS[page].model_fields.keys()


@pages
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_settings_survive_their_link(page, data):
    spec = data.draw(specs_of(KINDS[page]))
    assert KINDS[page].from_query(spec.to_query()) == (spec, [])
    assert KINDS[page].from_query(spec.to_short_query()) == (spec, [])


# Sizes at which a page is there at once, choices that a page has for every scene, data that are
# there. Nothing is trained: engines are refused below, so their own fields may be anything.
few = st.lists(st.integers(1, 500), min_size=2, max_size=6).map(tuple)
small = {
    "classes": st.integers(2, 6),
    "head_count": st.integers(1, 500),
    "ratio": st.floats(1, 100),
    "own": few,
}
pair = {"first": st.just(0), "second": st.sampled_from([1, 2])}
LIMITS = {
    "start": pair,
    "learn": pair,
    "boundaries": pair
    | {
        "classes": st.integers(3, 12),
        "slice": st.sets(st.integers(3, 9), max_size=3).map(lambda k: (0, 1, 2, *sorted(k))),
    },
    "collapse": small | {"dim": st.integers(1, 12)},
    "minority": {"size": st.integers(5, 6), "classes": st.integers(3, 6)},
    "centers": small | {"mean_centers": st.integers(1, 4), "dim": st.none()},
    "probe": {"data": st.just("fashion-lt"), "device": st.sampled_from(["auto", "cpu"])},
    "tune": {"data": st.just("")},
}


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_computed():
    def refuse(*_, **__):
        raise UserError("nothing is computed in this test.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Runner, "submit", refuse)
        yield


def opened(page, query):
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    app.switch_page(f"../pages/{page}.py")
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception
    return app


@pages
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_a_page_opens_with_the_settings_of_its_link_and_keeps_them_in_its_address(page, data):
    spec = data.draw(specs_of(KINDS[page], **LIMITS.get(page, {})))
    app = opened(page, spec.to_query())
    assert app.session_state[f"{page}:problems"] == []
    assert app.session_state[f"{page}:spec"] == spec
    assert KINDS[page].from_query(app.query_params) == (spec, [])
