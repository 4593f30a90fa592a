"""How near results of different devices are: sums are rounded in other orders, no more.

A step of training multiplies what rounding left before by little, so errors of 1e-16 (float64) or
6e-8 (float32) a step stay within these after some hundred steps.
"""

STEPS = {"float64": 1e-10, "float32": 1e-4}
# Of an optimum, relative: descent ends at a gradient of 1e-9 of the objective.
OBJECTIVE = 1e-9
# What is measured there, where the objective is flat to 1e-9 and arguments are its square root.
MEASURED = 1e-4
HEADS = {"float64": 1e-9, "float32": 5e-4}
