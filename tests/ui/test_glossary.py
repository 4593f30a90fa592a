"""Definitions of words and symbols: the file, what is made of it, and where pages use it."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.ui.glossary import defined, explained, glossary, meaning, symbols
from app.ui.papers.glossary import glossary_columns
from app.ui.text import plain
from tests.definitions import LINK, without_definitions

ROOT = Path(__file__).resolve().parents[2]
TERMS = pytest.mark.parametrize("term", glossary().values(), ids=list(glossary()))
KNOWN = {symbol for term in glossary().values() for symbol in term.tex}


@TERMS
def test_a_definition_is_one_plain_sentence(term):
    assert re.fullmatch(r"[A-Z][^\"\\|<>&`$\[\]\n]+\.", term.meaning)
    assert ". " not in term.meaning
    assert len(term.meaning) < 220


def test_words_and_symbols_belong_to_one_entry_each():
    words = [word for term in glossary().values() for word in term.words]
    tex = [symbol for term in glossary().values() for symbol in term.tex]
    assert len(set(words)) == len(words)
    assert len(set(tex)) == len(tex)


@TERMS
def test_every_symbol_of_a_formula_is_explained(term):
    assert set(symbols(term.formula)) <= KNOWN


def test_every_word_is_defined_where_it_stands_and_once():
    for term in glossary().values():
        for word in term.words:
            text = f"Of {word}, and {word} again."
            ((shown, title),) = LINK.findall(defined(text))
            assert (shown, title) == (word, term.meaning)
            assert defined(text).endswith(f"and {word} again.")


def test_words_within_others_code_and_links_are_left():
    for text in (
        "gammas",
        "`gamma`",
        "[MLA](boundaries?gamma=1)",
        "sub-gamma",
        plain("gamma_x MLA-2"),
        "![ETF](etf.svg)",
    ):
        assert defined(text) == text


def test_the_symbols_of_a_formula_are_its_definition():
    ((shown, title),) = LINK.findall(defined(r"By $z_k n_k^{-\gamma}$ it turns."))
    assert shown == r"$z_k n_k^{-\gamma}$"
    assert all(meaning(key) in title for key in ("logits", "n_k", "gamma"))


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["MLA", "[", "](", "$", "`", "K "])).map("".join)
)
def test_text_from_outside_gets_links_to_definitions_and_nothing_else(text):
    made = defined(plain(text))
    assert without_definitions(made) == plain(text)
    assert {title for _, title in LINK.findall(made)} <= {t.meaning for t in glossary().values()}


def test_a_tooltip_is_followed_by_the_definitions_of_its_words():
    assert explained("Shuffles the folds.") == "Shuffles the folds."
    told = explained("Strength of MLA.", "gamma")
    assert told.startswith("Strength of MLA.\n\n**MLA**: ")
    assert plain(meaning("gamma")) in told


def formula_page():
    from app.ui.glossary import draw_formulas

    draw_formulas("MLA", "ALA")


def test_a_formula_explains_itself_and_its_symbols():
    formula, other = AppTest.from_function(formula_page).run().get("latex")
    assert r"\tau" in other.value
    assert r"n_{\max}" in formula.value
    for key in ("MLA", "logits", "n_k", "n_max", "gamma"):
        assert plain(meaning(key)) in formula.proto.help


def test_the_page_of_papers_explains_every_word():
    shown = "\n".join(glossary_columns(3))
    for term in glossary().values():
        assert plain(term.meaning) in shown
        assert term.formula in shown


def texts_of_the_app():
    """Sentences of the lesson and the papers, and of the source of pages."""
    for file in [*ROOT.glob("assets/lesson/*.json"), *ROOT.glob("assets/papers/*.json")]:
        yield from re.findall(r'"(?:[^"\\]|\\.)*"', file.read_text())
    for file in [*ROOT.glob("pages/*.py"), *ROOT.glob("app/ui/**/*.py")]:
        if file.name != "glossary.py":
            yield from re.findall(r'r?"[^"\n]*"', file.read_text())


def test_every_symbol_in_a_formula_of_a_text_has_an_entry():
    # The lesson says itself, in the same sentence, what c is.
    found = {"c": "$c$"}
    for text in texts_of_the_app():
        for formula in re.findall(
            r"\$[^$\n]+\$", json.loads(text) if text[0] == '"' and "\\\\" in text else text
        ):
            found.update(dict.fromkeys(symbols(formula), formula))
    assert len(found) > 3
    assert {symbol for symbol in found if symbol not in KNOWN} == {"c"}
