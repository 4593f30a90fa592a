"""What is refused, in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli_tune.command import COUNTS, arrays, refused, run, save


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
