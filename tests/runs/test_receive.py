from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.runs import RunStore, run_bytes
from app.runs import receive as receiving
from app.runs.compare import largest_difference
from app.runs.receive import keep, received
from tests.runs.toy import Toy, toy_run


def test_what_was_sent_arrives_whole():
    sent = toy_run(device="cpu")
    got = received(run_bytes(sent))
    assert got.spec == sent.spec
    assert largest_difference(sent, got) == ("nothing", 0.0)
    for name in sent.arrays:
        np.testing.assert_array_equal(got.arrays[name], sent.arrays[name])
    assert got.provenance.keys() - sent.provenance.keys() == {"received"}


def test_it_is_kept_under_the_id_of_its_spec_and_replaces_nothing(tmp_path):
    store = RunStore(tmp_path / "local", bundled=tmp_path / "bundled")
    keep(received(run_bytes(toy_run())), store)
    assert store.load(Toy().id).spec == Toy()
    RunStore(store.bundled).save(shipped := toy_run(Toy(seed=1)))
    for there in (toy_run(), shipped):
        with pytest.raises(UserError, match="is stored here already"):
            keep(received(run_bytes(there)), store)
    assert [path.stem for path in store.folder.iterdir()] == [Toy().id]


def test_a_large_file_is_refused_unread(monkeypatch):
    content = run_bytes(toy_run())
    monkeypatch.setattr(receiving, "LARGEST_FILE", len(content) - 1)
    with pytest.raises(
        UserError, match=f"at most {len(content) - 1:,} bytes, got {len(content):,}"
    ):
        received(content)


@pytest.mark.parametrize("content", [b"", b"MZ", b"\xff" * 100, b"\x80\x04N."], ids=str)
def test_what_is_no_run_is_refused_in_a_sentence(content):
    with pytest.raises(UserError, match="is no run"):
        received(content)


def test_a_cut_file_is_refused():
    with pytest.raises(UserError, match="cut short"):
        received(run_bytes(toy_run())[:-1])


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"=1+1": np.zeros(2)}, "have plain names, got '=1\\+1'"),
        ({"curve/step": np.arange(6.0)}, "curve/step must be whole numbers"),
        ({"curve/step": np.zeros(6, int)}, "curve/step must rise from 0"),
        ({"curve/step": np.arange(-1, 5)}, "curve/step must rise from 0"),
        ({"curve/loss": np.zeros(5)}, "curve/loss must have one entry for each of 6 steps"),
        ({"curve/loss": np.zeros((6, 2))}, "curve/loss must have one entry"),
        ({"path/step": np.arange(6) + 1}, "must hold every one of path/step"),
        ({"path/classifier": np.zeros((6, 9))}, "must have the shape of classifier"),
        ({"path/other": np.zeros((6, 9))}, "must have the shape of other"),
        ({"path/other": np.float64(1)}, "path/other must have one entry"),
    ],
    ids=str,
)
def test_arrays_that_no_engine_writes_are_refused(arrays, sentence):
    run = toy_run()
    with pytest.raises(UserError, match=sentence):
        received(run_bytes(replace(run, arrays={**run.arrays, **arrays})))


def test_curves_without_steps_are_refused():
    run = toy_run()
    arrays = {name: array for name, array in run.arrays.items() if name != "curve/step"}
    with pytest.raises(UserError, match="curve/step must be whole numbers"):
        received(run_bytes(replace(run, arrays=arrays)))


@pytest.mark.parametrize(
    "provenance", [{"created": "x" * 201}, {f"n{number}": "" for number in range(41)}], ids=len
)
def test_a_provenance_that_is_a_book_is_refused(provenance):
    with pytest.raises(UserError, match="at most 40 texts of 200 characters"):
        received(run_bytes(replace(toy_run(), provenance=provenance)))


def test_a_run_without_curves_is_fine():
    run = toy_run()
    bare = replace(run, arrays={"classifier": run.arrays["classifier"]})
    assert set(received(run_bytes(bare)).arrays) == {"classifier"}


CONTENT = run_bytes(toy_run())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(0, len(CONTENT) - 1), st.integers(0, 255), max_size=4))
def test_a_file_with_changed_bytes_is_read_or_refused_in_a_sentence(changes):
    content = bytearray(CONTENT)
    for place, value in changes.items():
        content[place] = value
    try:
        run = received(bytes(content))
    except UserError:
        return
    assert received(run_bytes(run)).spec == run.spec
