"""Names of languages, scripts, territories and currencies in a hundred languages."""

import unicodedata
from typing import Any

import numpy as np

from app.data.build.corpus import Texts, build_package, own_texts

NUM_LANGUAGES = 100


def read_names(seed: int) -> Texts:
    """Read the names that the Unicode CLDR gives in 100 languages, as the package babel has them.

    The languages are those with the most names that no other language of CLDR has; of these,
    the names that no other of the 100 has are kept. Which language is the head, which the tail
    is drawn at random, so that the tail is not made of small languages.

    Parameters
    ----------
    seed : int
        Seed of the order of the languages.

    Raises
    ------
    UserError
        If babel is not installed.
    """
    babel = build_package("babel", "babel")
    tags = sorted(build_package("babel.localedata", "babel").locale_identifiers())
    locales = {tag: babel.Locale.parse(tag) for tag in tags}
    # Variants by country or script differ in a few names only.
    names = {tag: _names(locale) for tag, locale in locales.items() if tag == locale.language}
    sizes = {tag: len(texts) for tag, texts in own_texts(names).items()}
    chosen = sorted(sorted(sizes, key=lambda tag: (-sizes[tag], tag))[:NUM_LANGUAGES])
    order = [chosen[i] for i in np.random.default_rng(seed).permutation(NUM_LANGUAGES)]
    texts = own_texts({tag: names[tag] for tag in order})
    return Texts(
        tuple(text for tag in order for text in texts[tag]),
        np.repeat(np.arange(NUM_LANGUAGES), [len(texts[tag]) for tag in order]),
        tuple(str(locales[tag].english_name) for tag in order),
        {
            "licence": "Unicode License v3, Copyright Unicode, Inc.; see LICENSE-unicode",
            "provenance": "names of the Unicode CLDR in the Python package babel",
            "babel": babel.__version__,
        },
    )


def _names(locale: Any) -> set[str]:
    """All names of a locale, so written that names that differ in case only are equal."""
    tables = (locale.languages, locale.scripts, locale.territories, locale.currencies)
    return {
        " ".join(unicodedata.normalize("NFC", str(name)).casefold().split())
        for table in tables
        for name in table.values()
    }
