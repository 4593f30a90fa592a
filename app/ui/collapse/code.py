"""The Python that repeats what the page shows."""

from app.ufm import UFMSpec


def python_code(model: UFMSpec, *, solved: bool) -> str:
    """Return a script that trains or solves the model and prints its certificate."""
    changed = model.model_dump(exclude_defaults=True) | {"counts": model.counts}
    arguments = "".join(f"    {name}={value!r},\n" for name, value in changed.items())
    if solved:
        body = "optimum = solve(spec)\nprint(optimum.metrics)\n"
        imports = "from app.ufm import UFMSpec, solve\n"
    else:
        body = "run = collect(spec, observe(spec))\nprint(run.metrics)\n"
        imports = "from app.runs import collect\nfrom app.ufm import UFMSpec, observe\n"
    return f"{imports}\nspec = UFMSpec(\n{arguments})\n{body}"
