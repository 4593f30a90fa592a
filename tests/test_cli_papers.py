from click.testing import CliRunner

from app.cli import app
from app.papers import Measured, all_claims, checks, read_results, results


def verify(tmp_path, monkeypatch, verdict):
    """Run `papers verify` with checks that are all alike, on a file of its own."""
    path = tmp_path / "results.json"
    found = {claim.check: lambda: Measured({"x": 1.0}, "One.", verdict) for claim in all_claims()}
    monkeypatch.setattr(checks, "CHECKS", found)
    for function in (results.read_results, results.write_results):
        monkeypatch.setattr(function, "__defaults__", (path,))
    done = CliRunner().invoke(app, ["papers", "verify"])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_verify_lists_verdicts_and_what_changed(tmp_path, monkeypatch):
    size = len(read_results())
    first = verify(tmp_path, monkeypatch, "holds")
    assert len(first) == size + 1
    assert first[0].split() == ["boundaries-pair-optimum", "holds", "new"]
    assert first[-1] == f"Stored {size} results."
    assert verify(tmp_path, monkeypatch, "holds")[0].endswith("as before")
    assert verify(tmp_path, monkeypatch, "fails")[0].endswith("was: holds")
    assert {r.verdict for r in read_results().values()} == {"fails"}
