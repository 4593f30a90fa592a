"""Settings of the page /boundaries, all of which its link holds."""

from typing import Literal

from pydantic import Field

from app.scenes import MAX_CLASSES, Scene, circle_scene, etf_scene
from app.ui.live_state import LiveState

SceneName = Literal["etf", "circle"]

SCENE_WORDS: dict[SceneName, str] = {
    "etf": "Three classes, simplex ETF",
    "circle": "K classes in the plane",
}


class BoundariesSpec(LiveState):
    """The scene, its seed and what is set in the picture."""

    scene: SceneName = Field("etf", title="Scene", description="Which classifier is shown.")
    classes: int = Field(
        10,
        ge=2,
        le=MAX_CLASSES,
        title="Classes K",
        description="Number of classes on the circle, 2 to 12.",
    )
    seed: int = Field(0, ge=0, le=10_000, title="Seed", description="Chooses the test points.")

    def picture(self) -> LiveState:
        """The part that the picture's own controls set."""
        return LiveState(**{name: getattr(self, name) for name in LiveState.model_fields})


def scene_of(spec: BoundariesSpec) -> Scene:
    """Make the scene that the settings name."""
    if spec.scene == "circle":
        return circle_scene(spec.classes, spec.seed)
    return etf_scene(spec.seed)
