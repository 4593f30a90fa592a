import pytest

from tests.cli_tune.command import save


@pytest.fixture
def file(tmp_path):
    return save(tmp_path / "mine.npz")
