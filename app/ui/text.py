"""Text from outside (file names, class names, error messages) made safe to show as text."""

import re

_MARKUP = set("\\`*_{}[]()<>#+-.!|$~:&")
# Streamlit makes links and arrows of these in the finished text, where escapes are gone already.
_MADE_LATE = re.compile(
    r"(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|(?=@)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE
)


def plain(text: str) -> str:
    """Switch off Markdown, directives, links and HTML in a text; it shows as it is, on one line."""
    parted = _MADE_LATE.sub("\N{WORD JOINER}", " ".join(text.split()))
    return "".join("\\" + c if c in _MARKUP else c for c in parted)
