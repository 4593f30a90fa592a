"""Tables as CSV that a spreadsheet opens without running anything of it."""

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV, without its index; texts that look like formulas are quoted."""
    texts = table.select_dtypes(exclude="number").columns
    guarded = table.assign(**{name: table[name].map(_cell) for name in texts})
    return guarded.rename(columns=_cell).to_csv(index=False)


def _cell(value: object) -> object:
    """A text that no spreadsheet takes for a formula; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
