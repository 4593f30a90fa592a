"""Settings that train in a moment."""

from app.ufm import UFMSpec
from app.ufm.run import run

OPTIMIZERS = ["gd", "momentum", "nesterov", "adam", "lbfgs"]
# K = 10, R = 10, 5 samples a minority class.
STEP = UFMSpec(counts=(50,) * 5 + (5,) * 5, dim=20)
SMALL = UFMSpec(counts=(12, 5, 2, 1), dim=4, steps=300)


def last(spec):
    *_, final = run(spec)
    return final


def changed(spec, **values):
    return UFMSpec(**(spec.model_dump() | values))
