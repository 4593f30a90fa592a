"""A figure's numbers as a table."""

import json

import numpy as np
import plotly.graph_objects as go

from app.figures.table import decoded, figure_table


def test_points_of_all_traces_one_row_each():
    figure = go.Figure(
        [
            go.Scatter(x=np.array([1, 2]), y=np.array([0.5, 0.25]), name="loss"),
            go.Scatter(x=["a"], y=[7], name="other", text=["seven"], customdata=[["p", 3]]),
        ]
    )
    table = figure_table(figure)
    assert list(table) == ["trace", "x", "y", "text", "data 1", "data 2"]
    assert table["trace"].tolist() == ["loss", "loss", "other"]
    assert table["y"].tolist() == [0.5, 0.25, 7]
    assert table.iloc[2].tolist() == ["other", "a", 7, "seven", "p", 3]


def test_a_grid_is_listed_cell_by_cell():
    z = np.arange(6.0).reshape(2, 3)
    custom = np.stack([z, 10 * z], axis=2)
    heat = go.Heatmap(z=z, x=[10, 20, 30], y=["low", "high"], customdata=custom)
    table = figure_table(go.Figure(heat))
    assert table["z"].tolist() == z.ravel().tolist()
    assert table["x"].tolist() == [10, 20, 30] * 2
    assert table["y"].tolist() == ["low"] * 3 + ["high"] * 3
    assert table["data 2"].tolist() == (10 * z).ravel().tolist()


def test_intervals_and_panels_are_told():
    bar = go.Bar(x=[1], y=[2.0], error_y={"array": [0.5], "arrayminus": [0.25]}, yaxis="y2")
    figure = go.Figure([bar, go.Scatter(x=[1], y=[3.0], meta="my panel")])
    figure.update_layout(yaxis2={"title": "accuracy"})
    table = figure_table(figure)
    assert table["panel"].tolist() == ["accuracy", "my panel"]
    assert table.loc[0, ["y above", "y below"]].tolist() == [0.5, 0.25]


def test_packed_arrays_are_unpacked():
    z = np.arange(6.0).reshape(2, 3)
    sent = json.loads(go.Figure(go.Heatmap(z=z, x=np.arange(3))).to_json())["data"][0]
    assert [key for key in ("x", "z") if "bdata" in sent[key]] == ["x", "z"]
    np.testing.assert_array_equal(decoded(sent["z"]), z)
    np.testing.assert_array_equal(decoded(sent["x"]), np.arange(3))
    again = figure_table(go.Figure(json.loads(go.Figure(go.Heatmap(z=z)).to_json())))
    assert again["z"].tolist() == z.ravel().tolist()


def test_gaps_labels_and_points_without_a_mark_are_left_out():
    arrow = go.Scatter3d(
        x=[0, 1, None], y=[0, 2, None], z=[0, 3, None], marker={"size": [0, 8, 0]}, name="w"
    )
    label = go.Scatter3d(x=[1], y=[2], z=[3], mode="text", text=["w"])
    gap = go.Scatter(x=[1, 2], y=[None, 4], customdata=["a", "b"], name="line")
    table = figure_table(go.Figure([arrow, label]))
    assert table.to_numpy().tolist() == [["w", 1, 2, 3]]
    assert figure_table(go.Figure(gap))["x"].tolist() == [1, 2]


def test_three_dimensions_and_nothing_at_all():
    table = figure_table(go.Figure(go.Scatter3d(x=[1], y=[2], z=[3], name="w")))
    assert table.iloc[0].tolist() == ["w", 1, 2, 3]
    assert figure_table(go.Figure()).empty
    assert figure_table(go.Figure(go.Scatter(x=[None], y=[None]))).empty
