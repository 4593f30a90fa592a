"""Text from outside (file names, class names, error messages) made safe to show as text."""

_MARKUP = set("\\`*_{}[]()<>#+-.!|$~:&")


def plain(text: str) -> str:
    """Switch off Markdown, directives and HTML in a text, so that it shows as it is."""
    return "".join("\\" + c if c in _MARKUP else c for c in text)
