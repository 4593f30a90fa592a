"""Training with everything that is shown of it: certificate and distance to theory."""

from collections.abc import Iterator

import numpy as np

from app.errors import UserError
from app.runs import Run, Snapshot
from app.ufm.certificate import certificate
from app.ufm.class_geometry import geometry_metrics
from app.ufm.prediction import as_prediction, predict
from app.ufm.problem import problem_of
from app.ufm.run import run
from app.ufm.solve import solve
from app.ufm.spec import UFMSpec


def observe(spec: UFMSpec) -> Iterator[Snapshot]:
    """Train, and add to the metrics of each snapshot what theory has to say about it.

    Added are "lower_bound", the best so far, "gap" and "ratio" of the certificate of the class
    means; the balanced metrics of neural collapse; and Frobenius distances of W W^T, H H^T and
    W H^T, each of norm 1: "theory_classifier", "theory_means" and "theory_logits" from those of
    the closed form, "optimum_classifier" and so on from those of the optimum that `solve` finds,
    for models that have one.
    """
    problem, counts = problem_of(spec), np.asarray(spec.counts, dtype=float)
    closed, optimum = predict(spec), optimum_of(spec)
    targets = {} if closed is None else {"theory": closed}
    targets |= {} if optimum is None else {"optimum": as_prediction(optimum)}
    best = -np.inf
    for snapshot in run(spec):
        W, M = snapshot.arrays["classifier"], snapshot.arrays["means"]
        b = snapshot.arrays.get("bias", np.zeros(len(W)))
        proof = certificate(problem, W, M * np.sqrt(counts)[:, None], b)
        best = float(np.fmax(best, proof.lower_bound))
        found = geometry_metrics(W, M, counts, targets)
        added = {name: float(value) for name, value in found.items()}
        added |= {"lower_bound": best, "gap": max(0.0, proof.objective - best)}
        added["ratio"] = proof.ratio
        yield Snapshot(snapshot.step, snapshot.arrays, dict(snapshot.metrics) | added)


def optimum_of(spec: UFMSpec) -> Run | None:
    """Return the optimum; None if there is none, because a decay is zero."""
    try:
        return solve(spec)
    except UserError:
        return None
