import io
from pathlib import Path

import pytest
from click.testing import CliRunner

import app.data.build
from app.cli import app as commands
from app.data import TEMPLATE_FORMATS, read_upload, write_template
from app.data.bundled import FEATURE_SETS, SAMPLES


def run(*arguments):
    return CliRunner().invoke(commands, ["data", *map(str, arguments)])


def test_the_samples_are_listed_one_a_line():
    result = run("list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(SAMPLES)
    for line in lines:
        assert "N = 12,000  K = 10  counts 5,000 to 50  Fashion-MNIST" in line


def test_the_feature_sets_are_listed_one_a_line():
    result = run("features")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(FEATURE_SETS)
    shown = next(" ".join(line.split()) for line in lines if line.startswith("cldr-lt"))
    assert "N = 10,847 + 2,000 + 5,000 K = 100 d = 128 counts 500 to 5 Names" in shown


def test_without_samples_the_list_is_empty(monkeypatch):
    monkeypatch.setattr("app.commands.data.SAMPLES", {})
    result = run("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "data build" in result.stderr


@pytest.mark.parametrize("kind", TEMPLATE_FORMATS)
def test_templates_go_to_stdout_or_a_file(kind, tmp_path):
    out = tmp_path / f"example.{kind}"
    assert run("template", kind, out).exit_code == 0
    found = read_upload(out, out.name)
    expected = read_upload(io.BytesIO(write_template(kind)), out.name)
    assert (found.logits == expected.logits).all()
    printed = run("template", kind).stdout_bytes
    assert (read_upload(io.BytesIO(printed), out.name).logits == expected.logits).all()


def test_a_binary_template_is_not_spilled_over_a_terminal(monkeypatch):
    monkeypatch.setattr("app.commands.output.sys.stdout.isatty", lambda: True, raising=False)
    from app.commands.output import write_binary
    from app.errors import UserError

    with pytest.raises(UserError, match="no text for a terminal"):
        write_binary("-", b"\0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("template", "npz", "/no/such/folder/x"), "/no/such/folder/x cannot be written"),
        (("template", "npz", "/"), "/ is a directory; a file is needed."),
        (("build", "nothing"), "name must be one of cldr-lt, fashion-lt"),
        (("build", "fashion-lt", "--source", "/no/such"), "-ubyte.gz is not in /no/such"),
        (("build", "fashion-lt", "--out", "/no/such/x"), "/no/such/x cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_an_unknown_format_is_a_usage_error():
    result = run("template", "xls")
    assert result.exit_code == 2
    assert "'npz'" in result.stderr


def test_build_passes_its_options_and_reports_progress(monkeypatch, tmp_path):
    asked = {}

    def build(name, *, source, out, progress):
        asked.update(name=name, source=source, out=out)
        progress(0.5, "epoch 1, loss 0.3")
        return out, out.with_suffix(".b")

    monkeypatch.setattr(app.data.build, "build", build)
    out = tmp_path / "x.safetensors"
    result = run("build", "fashion-lt", "--source", tmp_path, "--out", out)
    assert asked == {"name": "fashion-lt", "source": Path(tmp_path), "out": out}
    assert result.stdout == f"{out}\n{out.with_suffix('.b')}\n"
    assert result.stderr == " 50%  epoch 1, loss 0.3\n"


def test_a_full_disk_is_one_sentence(monkeypatch):
    def build(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(app.data.build, "build", build)
    result = run("build", "fashion-lt")
    assert result.exit_code == 2
    assert result.stderr == "Error: fashion-lt cannot be built (No space left on device).\n"
