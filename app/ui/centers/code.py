"""The Python that repeats what the page shows."""

from app.centers import CentersSpec


def python_code(model: CentersSpec) -> str:
    """Return a script that trains the model and prints its metrics."""
    changed = model.model_dump(exclude_defaults=True) | {"counts": model.counts}
    arguments = "".join(f"    {name}={value!r},\n" for name, value in changed.items())
    return (
        "from app.centers import CentersSpec, run\nfrom app.runs import collect\n\n"
        f"spec = CentersSpec(\n{arguments})\n"
        "found = collect(spec, run(spec))\nprint(found.metrics)\n"
    )
