"""The Python that repeats what the page shows: pieces that `app.ui.script.script` joins."""

from app.probe import MethodName, ProbeSpec
from app.ui.probe.spec import ProbePageSpec
from app.ui.script import call, literal, script, settings


def python_code(spec: ProbeSpec, *, own: bool) -> str:
    """Return a script that compares the same methods and prints their scores."""
    return script(
        run_code(spec, own=own),
        "from app.probe.results import comparison\n"
        "for line in comparison(spec, last.arrays, data):\n"
        '    print(f"{line.title:30} {line.scores[spec.metric].mean:.3f}  {line.chosen}")',
    )


def run_code(spec: ProbeSpec, *, own: bool) -> str:
    """Settings, data and the run: `spec`, `data` and `last`, its last snapshot."""
    return f"{data_code(spec, own=own)}\nfrom app.probe import run\n*_, last = run(spec, data)\n"


def data_code(spec: ProbeSpec, *, own: bool) -> str:
    """Settings and data."""
    asked = settings(spec, always=("methods",))
    if own:
        return (
            "from dataclasses import replace\n"
            "from app.data.feature_file import read_features\n"
            f"{asked}\n"
            "# The features that were sent to the page.\n"
            'data = replace(read_features("features.npz", "mine"), name=spec.data)'
        )
    return f"from app.data.bundled import load_features\n{asked}\ndata = load_features(spec.data)"


def cut_code(spec: ProbeSpec) -> str:
    """The training rows as they were cut: `rows`."""
    if spec.ratio is None:
        return "rows = data\n"
    return (
        "from app.data.recut import recut\n"
        "rows = recut(data, spec.ratio, spec.profile, spec.seed)\n"
    )


def curves_code(spec: ProbePageSpec, title: str) -> str:
    """Scores over epochs."""
    return (
        "from app.figures.probe_curves import curves_figure\n"
        "from app.probe.curves import score_curves\n"
        f"found = score_curves(spec, last.arrays, last.metrics, {literal(spec.look)})\n"
        f"figure = curves_figure(*found, {literal(title)})"
    )


def sensitivity_code(name: MethodName) -> str:
    """A method over rates and decays."""
    return (
        "from app.figures.probe_sensitivity import sensitivity_figure\n"
        "from app.probe.sensitivity import span, tried\n"
        f"found = tried(spec, last.arrays, {literal(name)})\n"
        "figure = sensitivity_figure(*found, span(spec, last.arrays))"
    )


def lines_code(measure: str, title: str) -> str:
    """A measure of the logits over classes."""
    shares = "{name: normalized(found) for name, found in values.items()}"
    return (
        "from app.figures.classes import frequency_order\n"
        "from app.figures.probe_classes import class_bins, class_lines_figure\n"
        "from app.probe.results import measured\n"
        f"values = measured(spec, last.arrays, {literal(measure)})\n"
        + (
            f"from app.probe import normalized\nvalues = {shares}\n"
            if measure == "magnitude"
            else ""
        )
        + 'bins = class_bins(frequency_order(last.arrays["counts"]))\n'
        + f"figure = {call('class_lines_figure', 'bins', 'values', literal(title))}\n"
        + "figure.update_layout(showlegend=False)"
    )


def balance_code(spec: ProbeSpec, title: str) -> str:
    """Scores against the unevenness of the logits magnitudes."""
    return (
        "from app.figures.probe_classes import balance_figure\n"
        "from app.probe import balance\n"
        "from app.probe.results import measured\n"
        'sizes = measured(spec, last.arrays, "magnitude")\n'
        "uneven = {name: float(balance(values)) for name, values in sizes.items()}\n"
        f'scores = {{name: last.metrics[f"{{name}}/{spec.metric}"] for name in sizes}}\n'
        f"figure = balance_figure(uneven, scores, {literal(title)})"
    )


def spread_code() -> str:
    """The spread of features over counts."""
    return (
        "from app.figures.probe_spread import spread_figure\n"
        "from app.longtail import frequency_groups\n"
        "from app.theory.spread import feature_spread, fit_spread\n"
        "counts, K = rows.class_counts, rows.num_classes\n"
        "train = feature_spread(rows.train.features, rows.train.labels, K)\n"
        "test = feature_spread(rows.test.features, rows.test.labels, K)\n"
        'fits = {"train": fit_spread(counts, train), "test": fit_spread(counts, test)}\n'
        'names = list(data.class_names or (f"class {k}" for k in range(K)))\n'
        "figure = spread_figure(counts, frequency_groups(counts), names, train, test, fits)"
    )


def ratios_code(ratios: tuple[float, ...]) -> str:
    """Gammas over ratios."""
    return (
        "from app.data.recut import recut\n"
        "from app.figures.probe_ratios import ratios_figure\n"
        "from app.probe import run\n"
        "from app.probe.ratios import gammas_at, ratio_specs\n"
        "found = []\n"
        f"for asked in ratio_specs(spec, data, {literal(ratios)}):\n"
        "    *_, last = run(asked, data)\n"
        "    rows = recut(data, asked.ratio, asked.profile, asked.seed)\n"
        "    found.append(gammas_at(rows, last.arrays, last.metrics))\n"
        "figure = ratios_figure(found)"
    )


def map_code(spec: ProbePageSpec, *, umap: bool) -> str:
    """The map of the test rows."""
    points = (
        "from app.probe.embedding import UmapSpec, digest, embedding\n"
        "from app.probe.feature_maps import shipped_map\n"
        "from app.runs import collect\n"
        "asked = UmapSpec(rows=digest(rows.features))\n"
        "# In a minute, another map on another machine, unless it ships with the features.\n"
        "made = shipped_map(asked) or collect(asked, embedding(asked, rows.features))\n"
        'points, shares = made.arrays["points"], None\n'
        if umap
        else "from app.probe.principal import principal\n"
        "points, shares = principal(rows.features)\n"
    )
    return (
        "from app.figures.probe_map import map_figure\n"
        "from app.probe.feature_maps import map_rows\n"
        "rows = map_rows(data.test)\n"
        'names = data.class_names or tuple(f"class {k}" for k in range(data.num_classes))\n'
        f"{points}{_kinds_code(spec)}"
        "figure = map_figure(points, kinds, [names[k] for k in rows.labels], shares)"
    )


def _kinds_code(spec: ProbePageSpec) -> str:
    if spec.color == "change":
        return (
            "from app.figures.map_kinds import change_kinds\n"
            "from app.probe.results import reported_scores\n"
            "def right(name):\n"
            "    scores = reported_scores(spec, last.arrays, rows, name)\n"
            "    return scores.argmax(axis=1) == rows.labels\n"
            f'kinds = change_kinds(right("stage1"), right({literal(spec.focused())}))\n'
        )
    extra = ", names" if spec.color == "class" else ""
    return (
        f"from app.figures.map_kinds import {spec.color}_kinds\n"
        f'kinds = {spec.color}_kinds(rows.labels, last.arrays["counts"]{extra})\n'
    )
