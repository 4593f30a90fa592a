"""The Python behind the figures of /boundaries: pieces that `app.ui.script.script` joins."""

from app.figures.approximation import Choice
from app.ui.live_spec import SAMPLE, BoundariesSpec
from app.ui.live_state import LiveState, RuleName
from app.ui.live_words import RULE_TITLES, parameters_of
from app.ui.script import call, literal


def scene_code(spec: BoundariesSpec) -> str:
    """The scene: `scene`."""
    if spec.scene == "circle":
        made = call("circle_scene", literal(spec.classes), literal(spec.seed))
        return f"from app.scenes import circle_scene\nscene = {made}\n"
    if spec.scene == "features":
        return (
            "from app.data import load\n"
            "from app.scenes.features import features_scene\n"
            f"scene = features_scene(load({literal(SAMPLE)}), {literal(spec.slice)})\n"
        )
    if spec.scene == "learned":
        made = call("learned_scene", literal(spec.learner), literal(spec.bend), literal(spec.seed))
        return f"from app.scenes.learned import learned_scene\nscene = {made}\n"
    return f"from app.scenes import etf_scene\nscene = etf_scene({literal(spec.seed)})\n"


def picture_code(num_classes: int, state: LiveState) -> str:
    """The picture: regions of every rule, from `scene`."""
    rules = {
        RULE_TITLES[rule]: (rule, parameters_of(rule, num_classes, state)) for rule in state.rules
    }
    where = {
        "ratio": state.ratio,
        "norm": state.norm,
        "spread": state.spread,
        "exponent": state.s,
    }
    listed = "".join(f"    {literal(title)}: {literal(rule)},\n" for title, rule in rules.items())
    noise = ", ".join(f'at["{name}"]' for name in ("ratio", "spread", "exponent"))
    return (
        "from app.figures.panels import panels_figure\n"
        "from app.scenes import points_at\n"
        "from app.scenes.panel import panel_at\n"
        f"at = {literal(where)}\n"
        f"rules = {{\n{listed}}}\n"
        "panels = {title: panel_at(scene, *rule, **at) for title, rule in rules.items()}\n"
        f"figure = panels_figure(scene, panels, points_at(scene, {noise}))"
    )


def angles_code(setting: tuple[float, ...], ratio: float, label: str) -> str:
    """The angle of a boundary over the ratio of counts."""
    given = call("angle_figure", *(literal(value) for value in (*setting, ratio, label)))
    return f"from app.figures.angles import angle_figure\nfigure = {given}"


def approximation_code(gamma: float, choice: Choice, mark: tuple[int, float]) -> str:
    """How far MLA is from the 1vs1adjuster."""
    drawn = call("approximation_figure", "table", literal((choice,)), literal(mark))
    return (
        "from app.figures.approximation import approximation_figure\n"
        "from app.theory.approximation import approximation_table\n"
        f"table = approximation_table({literal(gamma)})\n"
        f"figure = {drawn}"
    )


def sphere_code(
    rule: RuleName, names: list[str], head_count: int, state: LiveState, extent: float, height: int
) -> str:
    """A painted sphere."""
    parameters = parameters_of(rule, len(names), state)
    drawn = call("sphere_figure", "sphere", "weights", "names", literal(extent), literal(height))
    return (
        "from app.adjust import Setup, score_function\n"
        "from app.figures.sphere import sphere_figure\n"
        "from app.longtail import class_counts\n"
        "from app.scenes.sphere import paint_sphere\n"
        "from app.theory import simplex_etf\n"
        f"names = {literal(names)}\n"
        "weights = simplex_etf(len(names))\n"
        f"counts = class_counts(len(names), {literal(head_count)}, {literal(state.ratio)})\n"
        f'scores = score_function({literal(rule)}, Setup(counts, ties="head"), '
        f"{literal(parameters)})\n"
        "sphere = paint_sphere("
        f"scores, weights, {literal(state.norm)}, voting={literal(rule == '1vs1')})\n"
        f"figure = {drawn}"
    )
