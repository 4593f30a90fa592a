"""What is pinned is new enough to hold the repairs of the vulnerabilities that are known here."""

from pathlib import Path

import pytest
from packaging.version import Version

PINS = Path(__file__).resolve().parents[2] / "constraints.txt"

# First repaired version, and what was repaired. From the advisories of each project, as collected
# in 2026; `pip-audit -r constraints.txt` asks for newer ones where there is a network.
REPAIRED = [
    ("numpy", "1.16.3", "CVE-2019-6446: np.load unpickles by default"),
    ("torch", "2.6", "CVE-2025-32434: code run by torch.load(weights_only=True)"),
    ("torch", "2.10", "CVE-2026-24747: memory corrupted by torch.load(weights_only=True)"),
    ("pyarrow", "14.0.1", "CVE-2023-47248: code run by reading Parquet and IPC files"),
    ("streamlit", "1.30", "CVE-2022-35918 and its follow-up: files read through components"),
    ("streamlit", "1.37", "CVE-2024-42474: files read through static serving on Windows"),
    ("streamlit", "1.53.1", "CVE-2026-10804: a weak hash"),
    ("streamlit", "1.54", "CVE-2026-33682: requests to other hosts by UNC paths on Windows"),
    ("starlette", "1.1.0", "CVE-2026-48818"),
]


def pinned():
    lines = PINS.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip().lower(): Version(version.strip()) for name, _, version in pairs}


@pytest.mark.parametrize(("name", "first", "what"), REPAIRED)
def test_the_repair_is_in_what_is_pinned(name, first, what):
    assert pinned()[name] >= Version(first), what


def test_all_that_is_installed_for_the_app_is_pinned_exactly():
    text = (PINS.with_name("requirements.txt")).read_text(encoding="utf-8")
    names = [
        line.split("==")[0].split("[")[0] for line in text.splitlines() if line and line[0] != "#"
    ]
    assert set(names) <= set(pinned())
