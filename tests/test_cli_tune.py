import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from app.cli import app
from app.data import COMMAND_LINE, read_upload
from app.data.bundled import SAMPLES, load
from app.tune import TuneSpec, bundled_spec, comparison, report
from app.tune.export import takes_code

ROOT = Path(__file__).resolve().parents[1]
COUNTS = (500, 120, 40, 10)
FAST = ("--samples", "20", "--folds", "2")


def run(*arguments):
    return CliRunner().invoke(app, ["tune", *map(str, arguments)])


def arrays():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    logits = rng.normal(size=(80, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1] + 2
    return {"logits": logits.astype(np.float32), "labels": labels}


def save(path, **changes):
    content = arrays() | {"class_counts": np.array(COUNTS)} | changes
    np.savez(path, **{k: v for k, v in content.items() if v is not None})
    return path


@pytest.fixture
def file(tmp_path):
    return save(tmp_path / "mine.npz")


def record(*arguments):
    result = run(*arguments, *FAST, "--json", "-")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*arguments):
    """Sentence with which a command was refused."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").strip()


def from_library(upload, spec):
    """Return the report of /tune for a spec."""
    work = comparison(upload, spec)
    names = tuple(name for name in spec.adjusters if work.available(name))
    lines = work.lines(
        names,
        spec.metric,
        (spec.low, spec.high),
        judge=spec.judge,
        folds=spec.folds,
        seed=spec.seed,
        samples=spec.samples,
    )
    return report(upload, spec, list(lines))


# What it says.


def test_numbers_are_those_of_the_library(file):
    settings = {"metric": "worst_class", "seed": 3, "samples": 30, "low": -1.0, "scale": "center"}
    options = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    result = run(file, *options, "--rule", "vs", "--rule", "mla", "--json", "-")
    spec = TuneSpec(adjusters=("vs", "mla"), **settings)
    expected = from_library(read_upload(file, file.name, limits=COMMAND_LINE), spec)
    assert json.loads(result.stdout) == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_settings_of_the_page(name):
    upload = load(name)
    spec = TuneSpec(**bundled_spec(upload), data=name, samples=20, adjusters=("mla", "tau-norm"))
    found = run(name, "--samples", 20, "--rule", "mla", "--rule", "tau-norm", "--json", "-")
    assert json.loads(found.stdout) == from_library(upload, spec)
    assert spec.judge == "split"
    assert spec.many == 1000


def test_options_go_before_the_settings_of_a_sample():
    found = record(next(iter(SAMPLES)), "--rule", "mla", "--judge", "folds", "--many", "500")
    assert found["spec"]["judge"] == "folds"
    assert (found["spec"]["many"], found["spec"]["few"]) == (500, 200)


def test_a_file_goes_before_a_sample_of_the_same_name(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = next(iter(SAMPLES))
    file.rename(tmp_path / name)
    assert record(name, "--rule", "mla")["samples"] == 80


def test_the_usual_rules_are_those_the_file_allows(file, tmp_path):
    assert [line["adjuster"] for line in record(file)["adjusters"]] == [
        "raw",
        "mla",
        "ala",
        "1vs1",
        "vs",
    ]
    more = save(tmp_path / "more.npz", weights=np.random.default_rng(0).normal(size=(4, 3)))
    assert "tau-norm" in [line["adjuster"] for line in record(more)["adjusters"]]


def test_the_table_holds_the_numbers_of_the_report(file):
    result = run(file, *FAST)
    found = record(file)
    text = result.stdout
    assert text.startswith("Note: tau-norm is left out: it needs the classifier's weights")
    assert "mine.npz: 80 samples, 4 classes, imbalance ratio 50 (500 to 10 training" in text
    assert "For balanced accuracy: 2 stratified folds of 80 samples (seed 0)" in text
    for line in found["adjusters"]:
        (row,) = [row for row in text.splitlines() if row.startswith(line["adjuster"] + "  ")]
        cells = row.split()
        assert f"{100 * line['balanced_accuracy']:.1f}" in cells
        for value in line["parameters"].values():
            assert f"{value:.3f}" in row
        if line["bootstrap_95"]:
            assert "[{:.2f}, {:.2f}]".format(*line["bootstrap_95"]) in row
            assert re.search(rf"^{line['adjuster']}: (gamma|tau) = ", text, re.MULTILINE)
    assert "--code mla" in text
    assert result.stderr == ""


def test_undefined_numbers_are_not_available(tmp_path):
    few = save(tmp_path / "x.npz", class_counts=np.array([500, 120, 110, 105]))
    rows = run(few, *FAST).stdout.splitlines()
    (raw,) = [row.split() for row in rows if row.startswith("raw ")]
    (duels,) = [row.split() for row in rows if row.startswith("1vs1 ")]
    assert raw[5:7] == ["n/a", "n/a"]  # medium and few
    assert raw[-1] == "n/a"  # p
    assert duels[-3:-1] == ["n/a", "n/a"]  # NLL and ECE


@pytest.mark.parametrize("metric", ["worst_group", "balanced_accuracy"])
def test_the_text_fits_110_columns(file, tmp_path, metric):
    long = file.rename(tmp_path / ("long name " * 10 + ".npz"))
    result = run(
        long, *FAST, "--low", -2, "--metric", metric, "--rule", "temperature", "--rule", "mla"
    )
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 110
    assert not any(line.endswith(" ") for line in lines)


def test_columns_are_aligned(file):
    text = run(file, *FAST).stdout
    head = text.splitlines().index(next(row for row in text.splitlines() if "parameter [" in row))
    rows = text.splitlines()[head : head + 6]
    assert len({len(row) for row in rows}) == 1


def test_warnings_and_notes_come_first(tmp_path):
    other = save(
        tmp_path / "mine.csv",
        logits=np.full((80, 4), -1.0) - np.eye(4)[np.arange(80) % 4],
        split=np.array(["tune", "judge"] * 40),
        class_names=np.array(["a\x9b2J", "b", "c", "d"]),
        labels=np.arange(80) % 3,
    )
    (tmp_path / "mine.csv.npz").rename(other)
    text = run(other, *FAST, "--rule", "mla").stdout
    assert "Note: The name ends in .csv, but the content is npz" in text
    assert "Note: The file has a split, which --judge split would use." in text
    assert "Warning: In 80 rows (100.0%) every logit is negative" in text
    assert "Warning: No samples of d:" in text
    assert "\x9b" not in text


# Where labels, counts and keys come from.


def test_labels_and_counts_come_from_files_of_their_own(file, tmp_path):
    np.save(tmp_path / "z.npy", arrays()["logits"])
    np.save(tmp_path / "y.npy", arrays()["labels"])
    (tmp_path / "n.txt").write_text("\n".join(map(str, COUNTS)))
    options = ("--labels", tmp_path / "y.npy", "--rule", "mla")
    expected = record(file, "--rule", "mla")["adjusters"]
    for counts in (tmp_path / "n.txt", "500,120,40,10", "500 120 40 10"):
        found = record(tmp_path / "z.npy", *options, "--counts", counts)
        assert found["class_counts"] == list(COUNTS)
        assert found["adjusters"] == expected


def test_counts_can_be_a_profile(file):
    tail = ("--profile", "exponential", "--head", "1000", "--ratio", "8")
    found = record(file, "--rule", "mla", *tail)
    assert found["class_counts"] == [1000, 500, 250, 125]


def test_keys_settle_what_is_ambiguous(tmp_path):
    twice = save(tmp_path / "x.npz", logits=None, a=arrays()["logits"], b=-arrays()["logits"])
    sentence = refused(twice, "--rule", "mla")
    assert sentence == (
        "x.npz: the logits could be 'a', 'b'; choose one of them with --key logits=NAME."
    )
    assert record(twice, "--rule", "mla", "--key", "logits=a")["samples"] == 80


def test_an_empty_key_leaves_a_role_out(file):
    assert "holds no labels" in refused(file, "--key", "labels=")
    assert "holds no class counts" in refused(file, "--key", "class_counts=")


# JSON and code.


def test_json_is_written_beside_the_table(file, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("old")
    result = run(file, *FAST, "--json", out)
    assert "parameter [95 %]" in result.stdout
    found = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert found == record(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.npz", "out.json"]


def test_json_on_stdout_is_alone_there(file):
    result = run(file, *FAST, "--rule", "mla", "--json", "-", "--scale", "center")
    assert json.loads(result.stdout, parse_constant=pytest.fail)["spec"]["scale"] == "center"
    notes = run(file, *FAST, "--json", "-")
    assert notes.stderr.startswith("Note: ")


def test_json_replaces_what_a_link_points_to_and_no_device(file, tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    for out in (link, "/dev/null"):
        assert run(file, *FAST, "--rule", "mla", "--json", out).exit_code == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())["samples"] == 80
    assert Path("/dev/null").is_char_device()


def test_a_failed_write_leaves_the_old_file(file, tmp_path, monkeypatch):
    out = tmp_path / "out.json"
    out.write_text("old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run(file, *FAST, "--rule", "mla", "--json", out)
    assert result.exit_code == 2
    assert result.stderr.endswith("out.json cannot be written (No space left on device).\n")
    assert out.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("framework", ["numpy", "torch", "estimator"])
@pytest.mark.parametrize("name", ["mla", "1vs1", "vs"])
def test_code_is_alone_on_stdout_and_predicts(file, name, framework):
    result = run(file, *FAST, "--judge", "same", "--code", name, "--framework", framework)
    line = record(file, "--judge", "same", "--rule", name)["adjusters"][1]
    scope = dict(arrays())
    exec(result.stdout, scope)
    found = np.asarray(scope["adjust"](scope["logits"])).argmax(axis=1)
    assert (found == scope["labels"]).mean() == pytest.approx(line["accuracy"])
    assert "on mine.npz:" in result.stdout


def test_code_computes_nothing_else_unless_asked(file, tmp_path):
    out = tmp_path / "out.json"
    run(file, *FAST, "--code", "ala", "--json", out)
    assert len(json.loads(out.read_text())["adjusters"]) == 5
    run(file, *FAST, "--code", "ala", "--rule", "mla", "--json", out)
    assert [line["adjuster"] for line in json.loads(out.read_text())["adjusters"]] == [
        "raw",
        "mla",
        "ala",
    ]


def test_every_tuned_rule_has_code(tmp_path):
    full = save(tmp_path / "x.npz", weights=np.random.default_rng(0).normal(size=(4, 3)))
    for line in record(full, "--rule", "raw", "--rule", "temperature")["adjusters"]:
        if takes_code(line["adjuster"]):
            assert run(full, *FAST, "--code", line["adjuster"]).stdout.startswith("import numpy")
    assert run(full, *FAST, "--code", "tau-norm").exit_code == 0


# What is refused.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--counts 1,2", "the class counts must be 4 numbers"),
        ("--counts 1,2,3,0", "class 3 (counted from 0) has 0"),
        ("--counts 1,2,3,-4", "class 3 (counted from 0) has -4"),
        ("--counts 1,2,3,4.5", "must be whole numbers"),
        ("--counts no-such-file", "there is no such file and no list of numbers"),
        ("--counts /", "/ is a directory"),
        ("--counts 1,2,3,4 --head 5", "--counts excludes"),
        ("--profile step", "belong together"),
        ("--head 100 --ratio 10", "belong together"),
        ("--profile step --head 5 --ratio nan", "imbalance_ratio must be at least 1"),
        ("--labels no-such-file", "no-such-file: there is no such file."),
        ("--labels /", "/ is a directory"),
        ("--key other=x", "keys may choose logits"),
        ("--key logits=x", "'x', which is not there"),
        ("--low 2 --high 1", "must be below"),
        ("--low nan", "finite number"),
        ("--few 9 --many 2", "'Few' must be at most"),
        ("--prior custom", "custom prior must hold 4 positive numbers"),
        ("--custom-prior 1,2,3,4", "no effect without --prior custom"),
        ("--prior custom --custom-prior 1,2,3,0", "must hold 4 positive numbers"),
        ("--judge split", "split is not in the file"),
        ("--rule tau-norm", "tau-norm cannot be tuned on mine.npz: it needs the classifier's"),
        ("--code tau-norm", "tau-norm cannot be tuned on mine.npz: it needs the classifier's"),
        ("--metric few --few 1 --many 5", "few is not defined"),
        ("--scale log", "logarithms need scores of at least 0"),
        ("--json /no/such/folder/out.json", "there is no such directory"),
        ("--json /", "/ is a directory"),
        ("--json - --code mla", "both write to stdout"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, options, message):
    file = save(tmp_path / "mine.npz", logits=arrays()["logits"] - 3)
    assert message in refused(file, "--rule", "mla", "--rule", "ala", *options.split())


@pytest.mark.parametrize("option", ["--rule", "--metric", "--judge", "--code", "--framework"])
def test_an_unknown_word_lists_the_known_ones(file, option):
    result = run(file, option, "nonsense")
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': 'nonsense' is not one of" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("option", ["--folds=1", "--seed=-1", "--samples=1", "--key=x"])
def test_numbers_out_of_range_name_the_option(file, option):
    result = run(file, option)
    assert result.exit_code == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in result.stderr


@pytest.mark.parametrize(
    "name", ["nothing.npz", "", "x" * 5000, "a\nb", "\x1b[2J", "a\0b", "/dev/null", "\udcff"]
)
def test_a_file_that_is_not_there_is_one_sentence(name):
    sentence = refused(name)
    assert "there is no such file" in sentence or "cannot be opened" in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04N.", b"PK\x03\x04", b"\x93NUMPY", b"a,b\n1\n", b"\0" * 100]
)
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    assert refused(path).startswith("mine.npz: ")


def test_a_directory_is_named(tmp_path):
    assert refused(tmp_path).endswith(" is a directory; a file is needed.")


def test_a_file_that_may_not_be_read_is_one_sentence(file, monkeypatch):
    def locked(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", locked)
    assert refused(file).endswith("cannot be opened (Permission denied).")


def test_missing_parts_say_how_to_give_them(tmp_path):
    sentence = refused(save(tmp_path / "x.npz", class_counts=None))
    assert sentence.startswith("x.npz holds no class counts: ")
    for way in ("--counts FILE", "--counts 5000,3000,...", "--profile exponential"):
        assert way in sentence
    sentence = refused(save(tmp_path / "x.npz", labels=None))
    assert sentence == "x.npz holds no labels: give them with --labels FILE."


def test_several_counts_in_a_file_cannot_be_chosen_from(file, tmp_path):
    counts = tmp_path / "n.npz"
    np.savez(counts, a=np.array(COUNTS), b=np.array(COUNTS))
    sentence = refused(file, "--counts", counts)
    assert sentence.endswith("could be 'a', 'b'; give a file with only one of them.")


def test_the_input_is_not_overwritten(file, tmp_path):
    counts, link = tmp_path / "n.txt", tmp_path / "link.npz"
    counts.write_text("500,120,40,10")
    link.symlink_to(file)
    before = file.read_bytes()
    for out in (file, link, counts):
        sentence = refused(file, "--counts", counts, "--json", out)
        assert sentence.endswith("would be overwritten, but is read.")
    assert file.read_bytes() == before
    assert counts.read_text() == "500,120,40,10"


def test_many_counts_are_no_path(tmp_path):
    logits = np.random.default_rng(0).normal(size=(60, 30))
    wide = save(tmp_path / "x.npz", logits=logits, labels=np.arange(60) % 30, class_counts=None)
    counts = ",".join(["9" * 11] * 30)
    options = ("--counts", counts, "--rule", "mla", "--json", tmp_path / "out.json")
    assert run(wide, *FAST, *options).exit_code == 0


# As a process.


def test_a_pipe_gets_json_and_stderr_no_progress(file):
    command = [sys.executable, "-W", "error", "-m", "app", "tune", str(file), *FAST]
    done = subprocess.run(
        [*command, "--rule", "mla", "--json", "-"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout) == record(file, "--rule", "mla")


MEASURE = """
import os, sys
from click.testing import CliRunner
from app.cli import app

def status(key):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(key))

def tune(*arguments):
    result = CliRunner().invoke(app, ["tune", *arguments])
    assert result.exit_code == 0, result.output

small, large, labels, *options = sys.argv[1:]
tune(small, "--samples", "20", "--folds", "2")
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = status("VmRSS")
tune(large, "--labels", labels, *options)
print((status("VmHWM") - before) / os.path.getsize(large))
"""


def growth(small, rows, tmp_path, *options):
    """Peak memory of tuning on rows x 1000 float32, in sizes of the file."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 1000, rows)
    logits = rng.standard_normal((rows, 1000), dtype=np.float32)
    logits[np.arange(rows), labels] += 3
    large, y = tmp_path / "large.npy", tmp_path / "y.npy"
    np.save(large, logits)
    np.save(y, labels)
    tail = ("--profile", "exponential", "--head", "1280", "--ratio", "256")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, (small, large, y, *tail, *options))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_memory_stays_below_three_times_the_file(file, tmp_path):
    assert growth(file, 16_000, tmp_path, "--rule", "mla", "--samples", "20") < 3


@pytest.mark.slow
def test_memory_of_fifty_million_numbers(file, tmp_path):
    ratio = growth(file, 50_000, tmp_path)
    print(f"growth {ratio:.2f} times the file")
    assert ratio < 3
