"""The Python that repeats what the page shows."""

from app.centers import CentersSpec
from app.centers.sweep import Look
from app.runs import Run
from app.ui.run_code import arrays_code, run_code
from app.ui.script import call, literal, script, settings

_TRAINED = """
from app.centers import run as train
from app.runs import collect

run = collect(spec, train(spec))
"""
_MODEL = """
from app.centers import model_of

model = model_of(spec)
names = [f"class {k + 1}" for k in range(model.num_classes)]
"""
_MARGINS = """
from app.centers import expected
from app.figures.centers_rules import margins_figure

theory, per_class = expected(model).cosines(model), model.frame.per_class
figure = margins_figure({measured}, theory, per_class, names)
"""
_MEASURED = """
from app.centers import noisy_accuracies

features, labels = run.arrays["features"], run.arrays["feature_labels"]
measured = noisy_accuracies(model.frame, features, labels, model.counts, noise)
"""
_COLLAPSED = """
from app.centers.strategies import collapsed_accuracies

measured = collapsed_accuracies(spec, noise)  # of features at the mean directions
"""
_EXACT = """
from app.centers import RULE_WORDS, rule_accuracy

data = model.counts, model.frame.per_class, spec.theta, noise
exact = {rule: rule_accuracy(rule, *data) for rule in RULE_WORDS}
"""
_ACCURACY = """
from app.figures.centers_rules import accuracy_figure

figure = accuracy_figure(measured, exact, names)
"""
_STRATEGIES = """
from app.centers.spec import STRATEGY_WORDS
from app.centers.strategies import strategy_accuracies
from app.figures.centers_rules import strategies_figure

found = strategy_accuracies(spec, noise, measured)
figure = strategies_figure(found, STRATEGY_WORDS[spec.strategy])
"""
_REGIONS = """
from app.centers.toy import plane_regions
from app.figures.centers_regions import regions_figure

pair = {pair}
places, regions = plane_regions(model.frame, model.counts, pair, {window}, {points})
figure = regions_figure(places, regions, pair, names)
"""
TRIANGLE = """
from app.centers.toy import triangle
from app.figures.centers_regions import triangle_figure

toys = {"A vector each": triangle((0, 1, 2)), "f = (1, 2)": triangle((0, 1, 1))}
figure = triangle_figure(toys)
"""
_GRAM = """
import numpy as np

from app.centers import expected
from app.figures.gram import gram_figure

frame, end = model.frame, expected(model)
kept = np.arange(0, frame.num_centers, {stride})
names = [f"center {{j + 1}} of {{frame.owners[j] + 1}}" for j in kept]
names += [f"features of {{k + 1}}" for k in range(model.num_classes)]
found = np.concatenate([frame.centers[kept], run.arrays["unit_means"]])
"""
_GRAM_THEORY = """
theory = np.concatenate([frame.centers[kept], end.directions])
figure = gram_figure(found @ found.T, theory @ theory.T, names)
"""
_THETA = """
import numpy as np

from app.centers import theta_sweep
from app.figures.centers_sweep import theta_figure
"""
_RATIO = """
from app.centers import ratio_sweep
from app.figures.centers_sweep import ratio_figure
"""
_GEOMETRY = """
from app.centers import expected
from app.centers.metrics import unit_rows
from app.figures.geometry3d import geometry_figure
from app.scenes.centers import mean_view
from app.ufm.view import project

frame, axes = model.frame, mean_view(model.frame).axes
means, ends = arrays["unit_means"], expected(model).directions
features = unit_rows(arrays["features"]) @ axes, run.arrays["feature_labels"]
theory = None if ends is None else project(frame.classifier, ends, axes)
measured, centers = project(frame.classifier, means, axes), (frame.centers @ axes, frame.owners)
figure = geometry_figure(measured, theory, names, features, centers)
"""


def python_code(model: CentersSpec) -> str:
    """Return a script that trains the model and prints its metrics."""
    return script(settings(model, always=("counts",)), _TRAINED, "print(run.metrics)")


def frame_code(num_centers: int, theta: float, rank: int, num_classes: int) -> str:
    """Return a script that draws the frame of a class."""
    drawn = call("frame_figure", *map(literal, (num_centers, theta, rank, num_classes)))
    return f"from app.figures.centers_frame import frame_figure\n\nfigure = {drawn}"


def margins_code(model: CentersSpec, run: Run | None) -> tuple[str, ...]:
    """Return the pieces of a script that draws cosines, of a run if there is one."""
    measured = "None" if run is None else 'run.arrays["class_cosines"]'
    return *_given(model, run), _MODEL, _MARGINS.format(measured=measured)


def accuracy_code(
    model: CentersSpec, run: Run | None, noise: float, *, exact: bool
) -> tuple[str, ...]:
    """As `margins_code`, of the balanced test with noise."""
    return *_test(model, run, noise), _EXACT if exact else "exact = None", _ACCURACY


def strategies_code(model: CentersSpec, run: Run | None, noise: float) -> tuple[str, ...]:
    """As `margins_code`, of the strategies side by side."""
    return *_test(model, run, noise), _STRATEGIES


def regions_code(
    model: CentersSpec, pair: tuple[int, int], window: float, points: int
) -> tuple[str, ...]:
    """As `margins_code`, of what every rule says in the plane of two classes."""
    drawn = _REGIONS.format(pair=pair, window=window, points=points)
    return settings(model, always=("counts",)), _MODEL, drawn


def gram_code(run: Run, stride: int, *, theory: bool) -> tuple[str, ...]:
    """As `margins_code`, of the inner products, of every ``stride``-th center."""
    drawn = _GRAM_THEORY if theory else "figure = gram_figure(found @ found.T, None, names)"
    return *set_up(run), _MODEL, _GRAM.format(stride=stride), drawn


def geometry_code(run: Run, step: int | None) -> tuple[str, ...]:
    """As `margins_code`, of features among their centers at a step, None for the last."""
    return *set_up(run), _MODEL, arrays_code(step), _GEOMETRY


def theta_code(look: Look, counts: tuple[int, ...], **arguments: object) -> tuple[str, str]:
    """Return the pieces of a script that draws accuracy over theta and centers.

    Parameters
    ----------
    look : str
    counts : tuple of int
    arguments
        The others of `app.centers.theta_sweep`.
    """
    made = f"counts = np.array({literal(counts)})\nsweep = "
    sweep = call("theta_sweep", "counts", **arguments)
    drawn = f"figure = theta_figure(sweep, {literal(look)})"
    return _THETA, f"{made}{sweep}\n{drawn}"


def ratio_code(look: Look, **arguments: object) -> tuple[str, str]:
    """As `theta_code`, over the imbalance ratio; arguments of `app.centers.ratio_sweep`."""
    sweep = call("ratio_sweep", **arguments)
    return _RATIO, f"sweep = {sweep}\nfigure = ratio_figure(sweep, {literal(look)})"


def _test(model: CentersSpec, run: Run | None, noise: float) -> tuple[str, ...]:
    measured = _COLLAPSED if run is None else _MEASURED
    return *_given(model, run), _MODEL, f"noise = {noise!r}", measured


def _given(model: CentersSpec, run: Run | None) -> tuple[str, ...]:
    return (settings(model, always=("counts",)),) if run is None else set_up(run)


def set_up(run: Run) -> tuple[str, ...]:
    """Return what makes `spec` and `run`."""
    return run_code(run, _TRAINED)
