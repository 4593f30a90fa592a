"""Small pictures of matrices."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from app.errors import UserError
from app.figures.gram import NEGATIVE, POSITIVE
from app.figures.thumbnail import gram_svg


def test_signs_and_sizes_become_colours():
    svg = gram_svg([[4.0, -1.0], [0.0, 4.0]], "two classes")
    root = ElementTree.fromstring(svg)
    cells = [
        (int(c.get("x")), int(c.get("y")), c.get("fill"), float(c.get("fill-opacity")))
        for c in root
        if c.get("x") is not None
    ]
    assert cells == [(0, 0, POSITIVE, 1.0), (1, 0, NEGATIVE, 0.5), (1, 1, POSITIVE, 1.0)]


def test_the_alternative_text_is_text():
    svg = gram_svg(np.eye(2), 'a "b" <script>')
    assert ElementTree.fromstring(svg).get("aria-label") == 'a "b" <script>'
    assert not re.search("<script", svg)


def test_nothing_is_drawn_of_zero():
    assert gram_svg(np.zeros((3, 3)), "").count("<rect") == 1


def test_only_square():
    with pytest.raises(UserError, match=r"matrix must be square, got shape \(2, 3\)"):
        gram_svg(np.ones((2, 3)), "")
