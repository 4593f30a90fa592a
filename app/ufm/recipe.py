"""How a step of training is taken: method, rate, momentum."""

from typing import NamedTuple

DESCENT, NESTEROV, ADAM = 0, 1, 2
ADAM_DECAYS = 0.9, 0.999
ADAM_EPSILON = 1e-8


class Recipe(NamedTuple):
    """A first-order method, as kernels take it.

    Attributes
    ----------
    method : int
        DESCENT: ``v <- momentum v + g``, ``x <- x - rate v`` (Polyak's heavy ball; momentum 0 is
        gradient descent). NESTEROV: accelerated gradient, restarted when a step goes uphill
        (O'Donoghue & Candes, 2015, arXiv 1204.3982). ADAM: Kingma & Ba, ICLR 2015.
    rate : float
    momentum : float
        Of DESCENT.
    relu : bool
        Whether features are projected to be at least zero after every step. What DESCENT then
        carries on is the displacement that took place, as in iPiano (Ochs et al., 2014).
    """

    method: int
    rate: float
    momentum: float
    relu: bool
