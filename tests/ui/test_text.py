import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.text import plain

ACTIVE = set("\\`*_{}[]()<>#+-.!|$~:&")
JOINER = "\N{WORD JOINER}"


def shown(text):
    """What a Markdown reader shows of a text in which every mark is escaped."""
    return re.sub(r"\\(.)", r"\1", text).replace(JOINER, "")


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _it_ `code` ~~gone~~",
        "[link](https://example.com) ![image](x.png)",
        "<script>alert(1)</script> &lt; &amp;",
        "# title",
        "1. item",
        "- item",
        "+ item",
        "> quote",
        "$x^2$ and $$y$$",
        ":red[text] :material/home: :smile:",
        "a | b",
        "back\\slash \\*",
        "---",
    ],
)
def test_no_mark_is_left_unescaped(text):
    rest = re.sub(r"\\.", "", plain(text))
    assert not ACTIVE & set(rest)
    assert shown(plain(text)) == text


@given(st.text(alphabet=string.printable + "äß漢\u2028"))
def test_every_text_shows_as_itself_on_one_line(text):
    safe = plain(text)
    assert not ACTIVE & set(re.sub(r"\\.", "", safe))
    assert shown(safe) == " ".join(text.split())
    assert len(safe.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("see https://example.com", r"https?://"),
        ("see HTTP://example.com", r"(?i)https?://"),
        ("www.example.com.npz", r"www\."),
        ("me@example.com", r"[\w.+-]@"),
        ("a -> b", "->"),
        ("a <- b", "<-"),
        ("a -- b", "--"),
        ("a >= b", ">="),
        ("a <= b", "<="),
        ("a ~= b", "~="),
    ],
)
def test_what_is_linked_or_replaced_after_the_escapes_is_kept_apart(text, made):
    assert re.search(made, text)
    assert not re.search(made, re.sub(r"\\(.)", r"\1", plain(text)))


def test_ordinary_words_stay_as_they_are():
    assert plain("Ankle boot 3, class 7 of 10") == "Ankle boot 3, class 7 of 10"


def test_a_line_break_starts_no_code_block():
    assert plain("a\n\n    b") == "a b"
