import os
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium

TESTS = Path(__file__).parent
# Folders whose tests share a server or a browser.
TOGETHER = ("browser", "proxy", "cluster")
# Folders whose tests drive several processes at once. Where others use the machine too one of them
# may wait too long, so a failure is tried once more; the summary counts how often that was.
DRIVING = (*TOGETHER, "faults", "load")

# The pages' warm-up would import in the background while a test measures or counts imports.
os.environ.setdefault("COLLAPSE_LAB_WARM_UP", "0")
# Runs that tests make are nobody's.
os.environ["COLLAPSE_LAB_RUNS"] = tempfile.mkdtemp(prefix="collapse-lab-runs-")
# As `python -m app serve` has it: on one's own machine every run made here may be deleted.
os.environ["STREAMLIT_SERVER_ADDRESS"] = "localhost"


@pytest.fixture(scope="session")
def browser():
    """A Chromium for all tests of a process that need one."""
    path = chromium.find()
    if path is None:
        # On a person's machine a browser is a wish; where changes are judged it is required.
        required = os.environ.get("CI") == "true"
        (pytest.fail if required else pytest.skip)(f"browser tests: {chromium.MISSING}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


def pytest_collection_modifyitems(items):
    """Keep on one process what shares what is costly to make; try driving tests once more."""
    for item in items:
        place = item.path.relative_to(TESTS)
        folder = place.parts[0]
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else place.as_posix()))
        if folder in DRIVING:
            item.add_marker(pytest.mark.flaky(reruns=1))
