"""The Python that repeats what the page shows."""

from app.ufm.sweep import SweepSpec


def python_code(sweep: SweepSpec) -> str:
    """Return a script that computes the sweep and prints what it shows."""
    changed = sweep.model_dump(exclude_defaults=True)
    arguments = "".join(f"    {name}={value!r},\n" for name, value in changed.items())
    made = f"SweepSpec(\n{arguments})" if arguments else "SweepSpec()"
    return (
        "from app.runs import collect\n"
        "from app.ufm.sweep import SweepSpec, run_sweep\n"
        "from app.ufm.sweep_findings import findings\n"
        "from app.ufm.sweep_theory import sweep_theory\n\n"
        f"spec = {made}\n"
        "run = collect(spec, run_sweep(spec))\n"
        'print(run.arrays["minority_distance"])  # rows: decays, columns: ratios\n'
        'print("\\n".join(findings(spec, run.arrays, sweep_theory(spec))))\n'
    )
