"""What stays while the page is projected, and while another page is open."""

import pandas as pd
import pytest

from tests.pages.tune.page import (
    SAMPLE,
    change,
    charts,
    checked,
    frame,
    has_table,
    live,
    opened,
    spec_of,
    uploaded,
    words,
)


def test_the_projected_page_keeps_the_figure_and_hides_the_controls():
    app = opened(data=SAMPLE, samples="20", view="teach")
    assert not charts(app)
    assert has_table(app)
    for controls in (app.selectbox, app.number_input, app.toggle, app.button_group):
        assert not controls
    assert not app.file_uploader
    assert [b.key for b in app.button] == ["tune:present"]
    beside = opened(data=SAMPLE, samples="20")
    assert (live(app)["large"], live(beside)["large"]) == (True, False)
    assert live(app)["id"] == live(beside)["id"]
    pd.testing.assert_frame_equal(frame(app), frame(beside))


def test_an_upload_stays_while_projected_and_settings_too():
    app = change(uploaded(samples="20"), metric="few", seed=5)
    change(app, adjusters=["ala", "1vs1"], prior="custom", groups=True)
    app.text_area(key="tune:custom_prior").set_value("4, 3, 2, 1.25")
    before, spec = frame(checked(app.run())), spec_of(app)
    assert spec.custom_prior == (4, 3, 2, 1.25)
    app.button(key="tune:present").click()
    checked(app.run())
    assert app.query_params["view"] == "teach"
    assert app.button(key="tune:present").label == "Leave"
    pd.testing.assert_frame_equal(frame(app), before)
    app.button(key="tune:present").click()
    checked(app.run())
    assert "view" not in app.query_params
    assert app.selectbox(key="tune.metric").value == "few"
    assert app.text_area(key="tune:custom_prior").value == "4, 3, 2, 1.25"
    assert spec_of(app) == spec
    pd.testing.assert_frame_equal(frame(app), before)


@pytest.mark.parametrize("query", [{"data": "nope"}, {"data": SAMPLE, "metric": "few", "few": "1"}])
def test_the_projector_view_can_be_left_beside_an_error(query):
    app = opened(view="teach", samples="20", **query)
    assert len(app.error) == 1
    app.button(key="tune:present").click()
    checked(app.run())
    assert "view" not in app.query_params
    assert len(app.file_uploader) == 1


def test_an_upload_stays_while_another_page_is_open():
    app = change(uploaded(samples="20"), seed=5, adjusters=["ala"])
    change(app, metric="few", high=2.0)
    before, spec = frame(app), spec_of(app)
    app.switch_page("../pages/start.py")
    checked(app.run())
    assert app.title[0].value == "Collapse Lab"
    app.switch_page("../pages/tune.py")
    checked(app.run())
    assert spec_of(app) == spec
    assert app.query_params["seed"] == "5"
    pd.testing.assert_frame_equal(frame(app), before)
    assert "uploaded before" in words(app)
    app.button(key="tune:forget").click()
    assert not has_table(checked(app.run()))
