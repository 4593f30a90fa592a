"""Decision boundaries: rules side by side while gamma and the imbalance are dragged."""

import streamlit as st

from app.scenes import MAX_CLASSES, Scene
from app.ui.boundary_charts import draw_angles, draw_approximation
from app.ui.chart import take_away
from app.ui.errors import guarded
from app.ui.glossary import caption, defined, draw_formulas
from app.ui.header import header, share, teaching
from app.ui.live import live_boundaries
from app.ui.live_code import picture_code, scene_code
from app.ui.live_spec import (
    LEARNER_WORDS,
    SCENE_WORDS,
    BoundariesSpec,
    class_words,
    scene_of,
)
from app.ui.live_sphere import PAINTED, draw_sliders, draw_spheres, painted_rules, sphere_sentences
from app.ui.live_words import RULE_TITLES, picture, sentences
from app.ui.specs import close_spec, control, current_spec, open_spec, with_values
from app.ui.text import plain

PAGE = "boundaries"
# Entries of the glossary whose formula is that of a rule.
FORMULAS = {"mla": "MLA", "ala": "ALA", "tau-norm": "tau-norm"}


def choose_scene(spec: BoundariesSpec) -> None:
    """Draw the controls that change the scene itself."""
    left, middle, right = st.columns([2, 2, 1])
    with left:
        values = {"scene": control(spec, PAGE, "scene", SCENE_WORDS)}
    scene = values["scene"]
    if scene == "features":
        values["slice"] = control(spec, PAGE, "slice", class_words())
    if scene == "sphere":
        spec = with_values(spec, {"rules": painted_rules(spec.rules)})
        with middle:
            values["rules"] = control(spec, PAGE, "rules", RULE_TITLES, PAINTED)
    if scene == "circle":
        with middle:
            values["classes"] = control(spec, PAGE, "classes")
    if scene == "learned":
        with middle:
            values["learner"] = control(spec, PAGE, "learner", LEARNER_WORDS)
            if values["learner"] in ("cdt", "ldt"):
                values["bend"] = control(spec, PAGE, "bend")
    if scene in ("etf", "learned", "circle"):
        with right:
            values["seed"] = control(spec, PAGE, "seed")
    close_spec(spec, PAGE, values)


def draw_plane(spec: BoundariesSpec) -> BoundariesSpec:
    """Draw a scene in the plane and what is said about it."""
    scene = scene_of(spec)
    state = live_boundaries(scene, spec.picture(), f"{PAGE}:live", large=teaching())
    spec = close_spec(spec, PAGE, state.model_dump())
    if not teaching():
        take_away(
            lambda: picture(scene, state),
            f"{PAGE}:regions",
            scene_code(spec),
            picture_code(scene.num_classes, state),
        )
        caption(remark(scene))
        tell(sentences(scene, state))
        draw_formulas("logits", *(FORMULAS[rule] for rule in state.rules if rule in FORMULAS))
        if spec.scene in ("etf", "circle"):
            draw_angles(scene, state, PAGE)
        draw_approximation(scene, state, PAGE)
    return spec


def remark(scene: Scene) -> str:
    """What the picture leaves out."""
    if len(scene.log_ratios) > 1:
        return (
            "Class vectors and means stand where free features trained at this imbalance end as "
            "the decays vanish, exact in the plane; the longest of each has length 1. Test points "
            "scatter around the means."
        )
    if scene.variance_share is None:
        return (
            f"Bounds that keep the picture as fast as the hand: 2 to {MAX_CLASSES} classes, "
            f"imbalance 1 to 1,000, {len(scene.points):,} points."
        )
    return (
        "The regions are exact on this slice of feature space. The points are only a view: "
        f"projected on it they keep {scene.variance_share:.0%} of their variance, so whether one "
        "is right (its mark, and every number) is counted on its full logits. Counted are all "
        f"{len(scene.labels):,} test images of these classes, drawn {len(scene.points):,}."
    )


def draw_sphere(spec: BoundariesSpec) -> None:
    """Draw the scene on the sphere and what is said about it."""
    draw_sliders(spec, PAGE)
    close_spec(spec, PAGE, {})  # What a slider has kept goes into the address.
    draw_spheres(spec, large=teaching())
    if not teaching():
        caption(
            "Painted when a slider is released; drag a sphere to turn it. Its radius stands for "
            "the feature norm, on a logarithmic scale."
        )
        tell(sphere_sentences(spec))


def tell(said: list[str]) -> None:
    st.subheader("What you are looking at", anchor=False)
    st.markdown(defined(plain(" ".join(said))))


@st.fragment
def draw() -> None:
    """All of the page: a choice of scene runs this and nothing else."""
    place = header(
        "Decision boundaries",
        "Drag gamma or the imbalance: the boundaries of each rule follow at once.",
    )
    with guarded():
        spec = open_spec(BoundariesSpec, PAGE)
        if not teaching():
            choose_scene(spec)
        draw_scene(place)


@st.fragment
def draw_scene(place: st.delta_generator.DeltaGenerator) -> None:
    """What a slider moves: its release runs this alone."""
    with guarded():
        spec = current_spec(BoundariesSpec, PAGE)
        if spec.scene == "sphere":
            draw_sphere(spec)
        else:
            spec = draw_plane(spec)
        share(place, spec, PAGE)


draw()
