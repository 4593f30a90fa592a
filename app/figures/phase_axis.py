"""The axes of a phase diagram: powers of ten, with their numbers as ticks.

A heat map on a logarithmic axis gets uneven cells, so the axes hold the powers.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STEPS = (1, 2, 5)


def log_axis(powers: FloatArray) -> dict[str, object]:
    """Ticks at 1, 2 and 5 times powers of ten, or at the powers alone over many of them."""
    edge = (powers[1] - powers[0]) / 2 if powers.size > 1 else 0.5
    low, high = float(powers[0] - edge), float(powers[-1] + edge)
    steps = _STEPS if high - low < 3 else _STEPS[:1]
    ticks = [
        step * 10.0**power
        for power in range(int(np.floor(low)), int(np.ceil(high)) + 1)
        for step in steps
    ]
    shown = [tick for tick in ticks if low <= np.log10(tick) <= high]
    return {
        "range": [low, high],
        "tickvals": np.log10(shown).tolist(),
        "ticktext": [_number(tick) for tick in shown],
        "showgrid": False,
        "fixedrange": True,
    }


def _number(value: float) -> str:
    """A number of a tick: small ones as powers of ten."""
    if value >= 1e-3:
        return f"{value:,.10g}"
    power = int(np.floor(np.log10(value) + 1e-9))
    digits = round(value / 10.0**power)
    return f"{f'{digits}·' if digits > 1 else ''}10<sup>{power}</sup>"
