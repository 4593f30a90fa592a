"""The script of the table: what it says without a GPU, and what it makes of times with one."""

import json

import pytest
import torch
from click.testing import CliRunner

from tests.gpu.__main__ import _line, _row, _summary, _words, main
from tests.gpu.work import Work


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so_and_ends_well(tmp_path):
    out = tmp_path / "gpu.json"
    done = CliRunner().invoke(main, ["--json", str(out)])
    assert done.exit_code == 0
    assert "There is" in done.output
    found = json.loads(out.read_text())
    assert found["run_on_gpu"] is False
    assert found["summary"] == "GPU against CPU: not run"


def test_a_row_says_how_near_the_limits_the_gpu_comes(monkeypatch):
    seconds = {"cpu": 2.0, "cuda": 0.5}
    monkeypatch.setattr("tests.gpu.__main__._seconds", seconds.__getitem__)
    work = Work("steps", "steps/s", 100, lambda device: device, moved=1e12, multiplied=3e12)
    row = _row(work, {"bytes": 4e12, "float64": 60e12})
    assert (row["ratio"], row["of_bandwidth"], row["of_flops"]) == (4.0, 0.5, 0.1)
    assert _line(_words(row)).split() == [
        "steps",
        "steps/s",
        "50.0",
        "200",
        "4.00x",
        "50.0%",
        "10.0%",
    ]
    found = {"run_on_gpu": True, "origin": {"card": "H"}, "table": [row], "tests": {"status": 1}}
    assert _summary(found) == "GPU against CPU, H: 4.0x for steps; its tests FAILED"
