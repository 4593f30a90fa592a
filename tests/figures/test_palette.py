import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plotly.validator_cache import ValidatorCache

from app.errors import UserError
from app.figures.palette import (
    ANCHORS,
    BACKGROUNDS,
    GROUP_COLORS,
    class_colors,
    class_symbols,
    linear_rgb,
)

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency" (2009), severity 1, on linear sRGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = TO_XYZ.sum(axis=1)


def cielab(linear):
    ratio = np.clip(linear, 0, 1) @ TO_XYZ.T / WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ciede2000(first, second):
    """Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    boost = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    c1, c2 = np.hypot(a1 * boost, b1), np.hypot(a2 * boost, b2)
    h1 = np.degrees(np.arctan2(b1, a1 * boost)) % 360
    h2 = np.degrees(np.arctan2(b2, a2 * boost)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    chroma, light = (c1 + c2) / 2, (l1 + l2) / 2

    def cos(degrees):
        return np.cos(np.radians(degrees))

    t = 1 - 0.17 * cos(hue - 30) + 0.24 * cos(2 * hue)
    t += 0.32 * cos(3 * hue + 6) - 0.20 * cos(4 * hue - 63)
    by_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    by_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    by_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue)


def luminance(colors):
    return linear_rgb(colors) @ TO_XYZ[1]


def contrast(colors, background):
    high, low = luminance(colors) + 0.05, luminance([background]) + 0.05
    return np.maximum(high, low) / np.minimum(high, low)


def differences(colors, vision):
    seen = cielab(linear_rgb(colors) @ VISIONS[vision].T)
    return np.array([[ciede2000(a, b) for b in seen] for a in seen])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # Sharma, Wu and Dalal (2005), table 1, pairs 1, 17 and 25
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_measure_of_difference_itself(first, second, expected):
    assert ciede2000(first, second) == pytest.approx(expected, abs=1e-4)


def test_ten_classes_get_the_anchors():
    assert class_colors(10) == list(ANCHORS)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_streamlits_own_charts_use_the_same_colors(mode):
    assert CONFIG["theme"]["chartCategoricalColors"] == list(ANCHORS)
    assert CONFIG["theme"][mode]["backgroundColor"] == BACKGROUNDS[mode]


@pytest.mark.parametrize("vision", VISIONS)
def test_ten_classes_are_told_apart(vision):
    # 2 to 3 is what one can just see side by side. The smallest here, between any two classes.
    off_diagonal = differences(ANCHORS, vision)[~np.eye(10, dtype=bool)]
    assert off_diagonal.min() > 6.5


@pytest.mark.parametrize("vision", VISIONS)
def test_the_three_groups_are_told_apart(vision):
    off_diagonal = differences(list(GROUP_COLORS.values()), vision)[~np.eye(3, dtype=bool)]
    assert off_diagonal.min() > 15


@pytest.mark.parametrize("num_classes", [2, 3, 10, 100, 1000])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_color_shows_on_both_backgrounds(num_classes, mode):
    assert contrast(class_colors(num_classes), BACKGROUNDS[mode]).min() > 2.5


@pytest.mark.parametrize("num_classes", [2, 3, 10, 37])
def test_lightness_rises_from_head_to_tail(num_classes):
    assert (np.diff(cielab(linear_rgb(class_colors(num_classes)))[:, 0]) > 0).all()


@pytest.mark.parametrize("num_classes", [1, 2, 7, 1000])
def test_a_color_and_a_symbol_each(num_classes):
    colors, symbols = class_colors(num_classes), class_symbols(num_classes)
    assert len(colors) == len(symbols) == num_classes
    assert colors[0] == ANCHORS[0]
    assert num_classes == 1 or colors[-1] == ANCHORS[-1]


def test_symbols_differ_between_neighbours_and_exist_in_plotly():
    symbols = class_symbols(45)
    assert all(a != b for a, b in pairwise(symbols))
    known = ValidatorCache.get_validator("scatter.marker", "symbol").values
    assert set(symbols) <= set(known)


def test_no_class_is_refused():
    with pytest.raises(UserError, match="at least 1, got 0"):
        class_colors(0)
    with pytest.raises(UserError, match="at least 1, got -1"):
        class_symbols(-1)
