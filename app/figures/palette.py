"""One colour and one marker a class, by frequency rank: the same on every page.

Ten anchors run from the head class (dark blue) to the tail (sand), with lightness rising all
the way. They were found by searching paths through CIELAB for the largest smallest difference
between any two of them, seen normally and with simulated protanopia, deuteranopia and
tritanopia, within 2.5:1 of contrast on the light and on the dark background.
`.streamlit/config.toml` repeats them for charts that Streamlit draws itself.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

ANCHORS = (
    "#1852ad",
    "#6c4e89",
    "#7f5174",
    "#945464",
    "#ad4c54",
    "#c7412e",
    "#d2601a",
    "#e67908",
    "#d59051",
    "#c59b76",
)

GROUP_COLORS = {"many": ANCHORS[0], "medium": ANCHORS[4], "few": ANCHORS[7]}

SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "cross",
    "triangle-up",
    "x",
    "pentagon",
    "star",
    "triangle-down",
    "hourglass",
)

BACKGROUNDS = {"light": "#ffffff", "dark": "#111418"}

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to cone
# responses, and their cube roots to OKLab.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def class_colors(num_classes: int) -> list[str]:
    """Return "#rrggbb" of every class, ordered from head to tail.

    Ten classes get the anchors themselves; any other number is spread evenly over the path
    through them, interpolated in OKLab.

    Raises
    ------
    UserError
        If `num_classes` is below 1.
    """
    _check(num_classes)
    return list(_path(num_classes))


@lru_cache(maxsize=64)
def _path(num_classes: int) -> tuple[str, ...]:
    places = np.linspace(0, len(ANCHORS) - 1, num_classes)
    anchors = _oklab(ANCHORS)
    path = [np.interp(places, range(len(ANCHORS)), channel) for channel in anchors.T]
    return tuple(_hex(np.stack(path, axis=1)))


def class_symbols(num_classes: int) -> list[str]:
    """Return a Plotly marker symbol of every class, so that colour never stands alone.

    Neighbours in rank always differ; beyond ten classes the shapes return as outlines, and
    beyond twenty from the start.

    Raises
    ------
    UserError
        If `num_classes` is below 1.
    """
    _check(num_classes)
    cycle = [*SYMBOLS, *(f"{symbol}-open" for symbol in SYMBOLS)]
    return [cycle[rank % len(cycle)] for rank in range(num_classes)]


def _check(num_classes: int) -> None:
    if num_classes < 1:
        raise UserError(f"num_classes must be at least 1, got {num_classes}.")


def linear_rgb(colors: tuple[str, ...] | list[str]) -> NDArray[np.float64]:
    """Return linear-light sRGB of "#rrggbb" colours, shape (n, 3), in 0..1."""
    encoded = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colors]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _oklab(colors: tuple[str, ...]) -> NDArray[np.float64]:
    lightness_and_hue: NDArray[np.float64] = np.cbrt(linear_rgb(colors) @ _TO_CONES.T) @ _TO_OKLAB.T
    return lightness_and_hue


def _hex(oklab: NDArray[np.float64]) -> list[str]:
    linear = (oklab @ np.linalg.inv(_TO_OKLAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    levels = np.rint(255 * encoded).astype(int)
    return ["#{:02x}{:02x}{:02x}".format(*color) for color in levels]
