"""Where labels, counts and keys come from."""

import numpy as np

from tests.cli_tune.command import COUNTS, FAST, arrays, record, refused, run, save


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


def test_many_counts_are_no_path(tmp_path):
    logits = np.random.default_rng(0).normal(size=(60, 30))
    wide = save(tmp_path / "x.npz", logits=logits, labels=np.arange(60) % 30, class_counts=None)
    counts = ",".join(["9" * 11] * 30)
    options = ("--counts", counts, "--rule", "mla", "--json", tmp_path / "out.json")
    assert run(wide, *FAST, *options).exit_code == 0
