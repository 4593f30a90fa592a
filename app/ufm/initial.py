"""Where training starts."""

import numpy as np

from app.ufm.problem import Matrix, Problem, Vector
from app.ufm.spec import UFMSpec


def initial_parameters(spec: UFMSpec, problem: Problem) -> tuple[Matrix, Matrix, Vector]:
    """Return W (K, d), U (R, d) and b (K,) before the first step.

    Entries of W and of the features H are independent normals of standard deviation
    ``init_scale / sqrt(d)``, so that rows have a length of about `init_scale`; with ReLU the
    negative ones of H are zero. The bias starts at zero, a fixed classifier where it stays.
    """
    random = np.random.Generator(np.random.PCG64(spec.seed))
    scale = spec.init_scale / np.sqrt(problem.dim)
    W = scale * random.standard_normal((problem.num_classes, problem.dim))
    H = scale * random.standard_normal((problem.num_rows, problem.dim))
    if problem.fixed_classifier is not None:
        W = problem.fixed_classifier
    if problem.relu:
        H = np.maximum(H, 0.0)
    return W, np.sqrt(problem.copies)[:, None] * H, np.zeros(problem.num_classes)
