"""Texts of pages as they were before their words got definitions."""

import re

from app.ui.glossary import PLACE

LINK = re.compile(rf'\[((?:[^\[\]]|\\.)*)\]\(papers#{PLACE} "([^"]*)"\)')
"""A word with its definition."""


def without_definitions(text: str) -> str:
    """Return a Markdown text without the definitions of its words."""
    return LINK.sub(r"\1", text)
