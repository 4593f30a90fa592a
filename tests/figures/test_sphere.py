import json

import numpy as np

from app.adjust import Setup, score_function
from app.figures.sphere import TIE_COLOR, alt_text, sphere_figure
from app.scenes.sphere import paint_sphere
from app.theory import simplex_etf

COUNTS = [1000, 200, 40, 8]
WEIGHTS = simplex_etf(4)
NAMES = ["head", "second", "third", "tail"]


def painted(rule, detail=4, **strength):
    scores = score_function(rule, Setup(COUNTS), strength)
    return paint_sphere(scores, WEIGHTS, 5.0, voting=rule == "1vs1", detail=detail)


def test_ties_of_votes_are_shown_as_such():
    sphere = painted("1vs1", gamma=1.5)
    assert sphere.shares()[4] > 0.01
    figure = sphere_figure(sphere, WEIGHTS, NAMES)
    assert [t.name for t in figure.data if t.type == "mesh3d" and t.color == TIE_COLOR] == [
        "tie of votes"
    ]
    assert "tie of votes" in alt_text("1vs1", sphere, NAMES)
    assert "tie" not in alt_text("MLA", painted("mla", gamma=0.5), NAMES)


def test_every_face_is_drawn_once_in_its_class():
    sphere = painted("ala", tau=1.0)
    meshes = [t for t in sphere_figure(sphere, WEIGHTS, NAMES).data if t.type == "mesh3d"]
    assert [mesh.name for mesh in meshes] == NAMES
    for k, mesh in enumerate(meshes):
        drawn = np.stack([mesh.x, mesh.y, mesh.z], axis=1)[np.stack([mesh.i, mesh.j, mesh.k], 1)]
        expected = sphere.vertices[sphere.faces[sphere.owner == k]]
        np.testing.assert_allclose(drawn, expected, atol=1e-5)


def test_alt_text_gives_the_shares():
    sphere = painted("raw")
    said = "Sphere of features of norm 5 under raw: " + ", ".join(f"{n} 25%" for n in NAMES) + "."
    assert alt_text("raw", sphere, NAMES) == said


def test_a_figure_is_small_and_class_names_are_text():
    text = sphere_figure(painted("1vs1", gamma=0.5), WEIGHTS, ["<b>x</b>", "a", "b", "c"]).to_json()
    json.loads(text)
    assert len(text) < 150_000
    assert "<b>" not in text
    assert "‹b›x‹/b›" in json.dumps(json.loads(text), ensure_ascii=False)


def test_extent_fixes_the_box_and_turning_it_lasts():
    figure = sphere_figure(painted("mla", detail=1, gamma=0.5), WEIGHTS, NAMES, extent=20.0)
    assert figure.layout.scene.xaxis.range == (-20, 20)
    assert figure.layout.scene.uirevision
