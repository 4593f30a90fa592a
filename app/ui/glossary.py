"""The glossary: hover definitions of the words and symbols in texts, from one file.

A definition is the title of a link to the glossary on /papers: plain Markdown, reached by
keyboard, announced as the link's description, and shown on focus by `assets/page.css`.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache

import streamlit as st
from pydantic import BaseModel, ConfigDict

from app.ui.bundle import ASSETS
from app.ui.text import plain

FILE = ASSETS / "glossary.toml"
PLACE = "words"
"""Anchor of the glossary on /papers."""

# Left as they are: code, links and images, icons, and formulas, which are taken as a whole.
_APART = r"(?<!\\)`[^`]*`|!?(?<!\\)\[[^\]\n]*\]\([^)\n]*\)|:material/\w+:"
_FORMULA = r"(?<!\\)\$[^$\n]+(?<!\\)\$"
# Of TeX what is no symbol: text, and commands for layout and functions.
_NO_SYMBOL = re.compile(
    r"\\(?:text|mathrm|operatorname)\{[^{}]*\}|e(?=\^)|"
    r"\\(?:frac|left|right|cdot|log|exp|cos|sin|sum|lVert|rVert|tilde|hat|geq|leq|quad|le|ge)(?![A-Za-z])"
)
_SYMBOL = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z])(?:_\{[^{}]*\}|_[A-Za-z0-9]|\^\{\*\})?")


class Term(BaseModel):
    """A word or symbol of the pages.

    Attributes
    ----------
    words : tuple of str
        Written forms; the first one is its name.
    meaning : str
        One plain sentence.
    tex : tuple of str
        Symbols in formulas.
    formula, source : str
        Empty if there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...]
    meaning: str
    tex: tuple[str, ...] = ()
    formula: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """How lists call it."""
        return self.words[0]


@cache
def glossary() -> dict[str, Term]:
    """Return every term by its key."""
    return {key: Term(**entry) for key, entry in tomllib.loads(FILE.read_text()).items()}


@lru_cache(maxsize=1024)
def defined(text: str) -> str:
    """Give words and formulas of a Markdown text their definitions, each word at its first place.

    Nothing else of the text changes; text from outside must be `plain` already.
    """
    seen: set[str] = set()

    def link(match: re.Match[str]) -> str:
        found = match.group()
        keys = _keys_of(found)
        if not keys or seen.issuperset(keys):
            return found
        seen.update(keys)
        return f'[{found}](papers#{PLACE} "{_title(keys)}")'

    return _finder().sub(link, text)


def caption(text: str) -> None:
    """Write small print with the definitions of its words."""
    st.caption(defined(text))


@lru_cache(maxsize=1024)
def explained(text: str, *more: str) -> str:
    """Return a tooltip's text followed by the definitions of its words and of those in others."""
    keys = dict.fromkeys(
        key
        for part in (text, *more)
        for match in _finder().finditer(part)
        for key in _keys_of(match.group())
    )
    return "\n\n".join(filter(None, [text, *map(_line, keys)]))


def meaning(key: str) -> str:
    """Return a term's definition, for the head of a table."""
    return glossary()[key].meaning


def symbols(tex: str) -> list[str]:
    """Return the symbols of a formula, each once, with their index."""
    return list(dict.fromkeys(_SYMBOL.findall(_NO_SYMBOL.sub(" ", tex))))


def draw_formulas(*keys: str) -> None:
    """Draw formulas of terms side by side; a tooltip explains the term and every symbol."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        for key in keys:
            st.latex(glossary()[key].formula, help=_told(key))


@cache
def _told(key: str) -> str:
    """The term of a formula and every symbol in it."""
    told = dict.fromkeys((key, *_keys_of(f"${glossary()[key].formula}$")))
    return "\n\n".join(map(_line, told))


def _keys_of(found: str) -> tuple[str, ...]:
    """Terms of what was found in a text: of a word, or of the symbols of a formula."""
    if found.startswith("$"):
        known = _by_symbol()
        return tuple(dict.fromkeys(known[s] for s in symbols(found) if s in known))
    key = _by_word().get(found.replace("\\", ""))
    return () if key is None else (key,)


def _title(keys: Iterable[str]) -> str:
    terms = [glossary()[key] for key in keys]
    if len(terms) == 1:
        return terms[0].meaning
    return " ".join(f"{term.name}: {term.meaning}" for term in terms)


def _line(key: str) -> str:
    term = glossary()[key]
    return f"**{plain(term.name)}**: {plain(term.meaning)}"


@cache
def _by_word() -> dict[str, str]:
    return {word: key for key, term in glossary().items() for word in term.words}


@cache
def _by_symbol() -> dict[str, str]:
    return {symbol: key for key, term in glossary().items() for symbol in term.tex}


@cache
def _finder() -> re.Pattern[str]:
    """What in a text may be a word or a formula; longer words first, escaped ones too."""
    words = sorted(_by_word(), key=len, reverse=True)
    escaped = (re.sub(r"\W", lambda c: r"\\?" + re.escape(c.group()), word) for word in words)
    return re.compile(rf"{_APART}|{_FORMULA}|(?<![\w\\-])(?:{'|'.join(escaped)})(?![\w-]|\\[_-])")
