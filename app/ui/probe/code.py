"""The Python that repeats what the page shows."""

from app.probe import ProbeSpec


def python_code(spec: ProbeSpec, *, own: bool) -> str:
    """Return a script that compares the same methods and prints their scores."""
    changed = spec.model_dump(exclude_defaults=True) | {"methods": spec.methods}
    arguments = "".join(f"    {name}={value!r},\n" for name, value in changed.items())
    imports = "from app.probe import ProbeSpec, run\nfrom app.probe.results import comparison\n"
    if own:
        imports = (
            "from dataclasses import replace\n\nfrom app.data.feature_file import read_features\n"
            + imports
        )
        data = f'data = replace(read_features("features.npz", "mine"), name={spec.data!r})\n'
    else:
        imports = "from app.data.bundled import load_features\n" + imports
        data = "data = load_features(spec.data)\n"
    return (
        f"{imports}\nspec = ProbeSpec(\n{arguments})\n{data}*_, last = run(spec, data)\n"
        "for line in comparison(spec, last.arrays, data):\n"
        '    print(f"{line.title:30} {line.scores[spec.metric].mean:.3f}  {line.chosen}")\n'
    )
