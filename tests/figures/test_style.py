import plotly.graph_objects as go
import plotly.io

from app.figures.style import base_figure, enlarged, settled


def drawn():
    return base_figure(
        300, [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], {"type": "log"}, showlegend=False
    )


def test_what_is_given_at_once_is_what_is_added_afterwards():
    later = base_figure(300)
    later.add_trace(go.Scatter(x=[1, 2], y=[3, 4]))
    later.update_xaxes(type="log")
    later.update_layout(showlegend=False)
    assert drawn().to_plotly_json() == later.to_plotly_json()
    assert drawn().layout.xaxis.automargin


def test_a_settled_figure_is_sent_the_same_each_time():
    figure, plain = settled(drawn()), drawn()
    assert figure.to_dict() is figure.to_dict()
    assert plotly.io.to_json(figure.to_dict(), validate=False) == plain.to_json()
    # What is made of it may change.
    larger = enlarged(figure)
    assert larger.layout.height == 640
    assert larger.to_dict()["layout"]["height"] == 640
    assert figure.to_json() == plain.to_json()
