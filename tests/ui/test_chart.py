"""A figure with what can be taken away of it."""

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from app.ui.chart import standalone
from tests.pages.scripts import assert_same_figure, made_by, opened, shown_figures, shown_scripts


def page():
    import plotly.graph_objects as go

    from app.ui.chart import chart

    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="=1+1"))
    code = "import plotly.graph_objects as go\nline = go.Scatter(x=[1, 2], y=[3, 4], name='=1+1')"
    chart(figure, "page:line", "A line.", code, "figure = go.Figure(line)")


def test_the_script_makes_the_figure(tmp_path, monkeypatch):
    at = AppTest.from_function(page).run()
    shown = shown_figures(at)["page-line"]
    assert_same_figure(made_by(shown_scripts(at)["page-line"], tmp_path, monkeypatch), shown)


def test_nothing_is_sent_before_it_is_opened():
    at = AppTest.from_function(page).run()
    assert not at.code
    assert not at.get("download_button")


def test_downloads_are_made_when_asked_for():
    at = opened(AppTest.from_function(page).run())
    data, html = at.get("download_button")
    assert [button.proto.label for button in (data, html)] == ["Data (.csv)", "Figure (.html)"]
    assert data.proto.deferred_file_id
    assert html.proto.deferred_file_id


def test_a_projected_page_shows_the_figure_alone():
    at = AppTest.from_function(page)
    at.query_params["view"] = "teach"
    at.run()
    assert list(shown_figures(at)) == ["page-line"]
    assert not at.code
    assert not at.get("download_button")


def test_a_figure_as_a_page_needs_no_network_and_has_colours():
    text = standalone(go.Figure(go.Scatter(y=[1])))
    assert 'src="http' not in text
    assert "#000001" not in text  # a stand-in of Streamlit's
