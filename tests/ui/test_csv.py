"""Tables as CSV."""

import pandas as pd
import pytest

from app.ui.csv import csv_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(start):
    table = pd.DataFrame({f"{start}1": [1.0, -2.5], "names": [f"{start}cmd", "fine"]})
    text = csv_text(table)
    assert text.splitlines()[0].lstrip('"').startswith("'")
    assert f"'{start}cmd" in text
    assert "\n-2.5,fine" in text.replace("\r\n", "\n")
