"""The glossary as the page /papers shows it: what the links of definitions lead to."""

from app.ui.glossary import Term, glossary
from app.ui.text import plain


def glossary_columns(number: int) -> list[str]:
    """Return all entries by name, as Markdown, in columns of like length."""
    terms = sorted(glossary().values(), key=lambda term: term.name.lower())
    entries = [_entry(term) for term in terms]
    size = -(-len(entries) // number)
    return ["\n\n".join(entries[i * size : (i + 1) * size]) for i in range(number)]


def _entry(term: Term) -> str:
    """Name and symbols, definition, source and formula."""
    heading = " ".join([f"**{plain(term.name)}**", *(f"${tex}$" for tex in term.tex)])
    source = f" *{plain(term.source)}.*" if term.source else ""
    formula = f"\n$$\n{term.formula}\n$$" if term.formula else ""
    return f"{heading}  \n{plain(term.meaning)}{source}{formula}"
