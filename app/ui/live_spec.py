"""Settings of the page /boundaries, all of which its link holds, and the scenes they name."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, field_validator

from app.data.bundled import load
from app.scenes import MAX_CLASSES, Scene, circle_scene, etf_scene
from app.scenes.features import FEWEST, MOST, features_scene
from app.scenes.learned import Learner, learned_scene
from app.ui.live_state import LiveState
from app.ui.once import kept

SAMPLE = "fashion-lt"

SceneName = Literal["etf", "learned", "circle", "features", "sphere"]
ClassIndex = Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

SCENE_WORDS: dict[SceneName, str] = {
    "etf": "Three classes, simplex ETF",
    "learned": "Three classes, learned geometry",
    "circle": "K classes in the plane",
    "features": "Real features, Fashion-MNIST",
    "sphere": "Four classes on the sphere",
}


LEARNER_WORDS: dict[Learner, str] = {
    "ce": "Cross-entropy (SELI)",
    "cdt": "Class-dependent temperatures (CDT)",
    "ldt": "Label-dependent temperatures (LDT)",
    "relu": "Cross-entropy, ReLU features",
}


class BoundariesSpec(LiveState):
    """The scene, what it is made of and what is set in the picture."""

    scene: SceneName = Field("etf", title="Scene", description="Which classifier is shown.")
    classes: int = Field(
        10,
        ge=2,
        le=MAX_CLASSES,
        title="Classes K",
        description=f"Number of classes on the circle, 2 to {MAX_CLASSES}.",
    )
    seed: int = Field(0, ge=0, le=10_000, title="Seed", description="Chooses the test points.")
    learner: Learner = Field(
        "ce", title="Trained with", description="The loss whose geometry the imbalance bends."
    )
    bend: float = Field(
        0.5,
        ge=-1.5,
        le=1.5,
        title="Exponent of the loss",
        description="Temperatures are n^exponent; at 1/2 LDT keeps the simplex ETF.",
    )
    slice: tuple[ClassIndex, ...] = Field(
        (0, 2, 6),
        title="Slice through",
        description=f"{FEWEST} to {MOST} classes: the plane goes through their mean features.",
    )

    @field_validator("slice")
    @classmethod
    def _makes_a_plane(cls, classes: tuple[ClassIndex, ...]) -> tuple[ClassIndex, ...]:
        if not FEWEST <= len(set(classes)) <= MOST:
            raise ValueError(f"the slice goes through {FEWEST} to {MOST} classes")
        return classes

    def picture(self) -> LiveState:
        """The part that the picture's own controls set."""
        return LiveState(**{name: getattr(self, name) for name in LiveState.model_fields})


def scene_of(spec: BoundariesSpec) -> Scene:
    """Return the scene that the settings name; one drawn in the plane, so not the sphere."""
    if spec.scene == "circle":
        return circle_scene(spec.classes, spec.seed)
    if spec.scene == "features":
        return _features(spec.slice)
    if spec.scene == "learned":
        return _learned(spec.learner, spec.bend, spec.seed)
    return etf_scene(spec.seed)


@lru_cache(maxsize=1)
def class_words() -> dict[int, str]:
    """Names of the classes of the real features."""
    names = load(SAMPLE).class_names
    assert names is not None
    return dict(enumerate(names))


@kept(32)
def _features(classes: tuple[int, ...]) -> Scene:
    return features_scene(load(SAMPLE), classes)


@kept(32)
def _learned(learner: Learner, bend: float, seed: int) -> Scene:
    return learned_scene(learner, bend, seed)
