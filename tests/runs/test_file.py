import json
import math
import os
import struct
from contextlib import suppress
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from safetensors import safe_open
from safetensors.numpy import load_file, save

from app.errors import UserError
from app.runs import Run, read_run, write_run
from app.runs import file as module
from app.runs.file import DamagedFileError, read_header
from app.spec import KINDS, Spec
from tests.runs.toy import Toy, toy_run


def metadata(**changes):
    """What a good file says, with changes; None leaves a key out."""
    good = {
        "format": "collapse-lab run",
        "schema": "1",
        "kind": "Toy",
        "version": "1",
        "spec": Toy().model_dump_json(),
        "metrics": '{"loss": 0.5}',
        "provenance": '{"created": "2026-01-01T00:00:00+00:00"}',
    }
    return {key: value for key, value in (good | changes).items() if value is not None}


def write(path, arrays=None, **changes):
    path.write_bytes(save(arrays or {"classifier": np.ones((2, 3))}, metadata(**changes)))
    return path


def refusal(path, kind=UserError):
    with pytest.raises(kind) as caught:
        read_run(path)
    message = str(caught.value)
    assert message.endswith(".")
    assert message.count(". ") == 0
    assert message.isprintable()
    assert len(message) < 250
    return message


def test_a_run_reads_back_as_it_was(tmp_path):
    run = toy_run(Toy(steps=3, seed=7), complete="yes")
    write_run(run, tmp_path / "run.safetensors")
    again = read_run(tmp_path / "run.safetensors")
    assert (again.spec, again.spec.id) == (run.spec, run.spec.id)
    assert (again.metrics, again.provenance) == (run.metrics, run.provenance)
    assert set(again.arrays) == set(run.arrays)
    for name, array in run.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array)
        assert again.arrays[name].dtype == array.dtype
    with pytest.raises(KeyError):
        again.arrays["nothing"]


@pytest.mark.parametrize(
    "array",
    [
        np.float64(3.5),
        np.zeros((0, 4)),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(10.0)[::3],
        np.array([True, False]),
        np.arange(3),
        np.array([math.nan, math.inf]),
    ],
    ids=["number", "empty", "transposed", "strided", "bool", "int", "not finite"],
)
def test_every_layout_of_array_survives(tmp_path, array):
    path = tmp_path / "run.safetensors"
    write_run(Run(Toy(), {"x": array}, {}), path)
    again = read_run(path).arrays["x"]
    assert again.shape == np.shape(array)
    np.testing.assert_array_equal(again, array)


def test_a_metric_that_is_not_finite_becomes_undefined(tmp_path):
    path = tmp_path / "run.safetensors"
    write_run(Run(Toy(), {}, {"a": math.nan, "b": math.inf, "c": np.float32(0.5)}), path)
    metrics = read_run(path).metrics
    assert math.isnan(metrics["a"])
    assert math.isnan(metrics["b"])
    assert metrics["c"] == 0.5


def test_other_programs_can_read_the_file(tmp_path):
    path = tmp_path / "run.safetensors"
    write_run(toy_run(), path)
    assert (load_file(path)["classifier"] == 0.5**5).all()
    with safe_open(path, "numpy") as file:
        assert json.loads(file.metadata()["spec"]) == {"steps": 5, "size": 3, "seed": 0}


def test_headers_are_read_without_arrays(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    write_run(toy_run(), path)
    opened = []
    real = module.safe_open

    def counting(*arguments, **options):
        opened.append(arguments)
        return real(*arguments, **options)

    monkeypatch.setattr(module, "safe_open", counting)
    header = read_header(path)
    assert header.size == path.stat().st_size
    assert header.shapes["path/classifier"] == (6, 2, 3)
    run = read_run(path)
    assert len(opened) == 2
    assert len(run.arrays) == 5
    assert "classifier" in run.arrays
    assert len(opened) == 2
    assert run.arrays["classifier"] is run.arrays["classifier"]
    assert len(opened) == 3


def test_an_array_that_went_away_is_one_sentence(tmp_path):
    path = tmp_path / "run.safetensors"
    write_run(toy_run(), path)
    run = read_run(path)
    path.unlink()
    with pytest.raises(UserError, match=r"'run.safetensors' is not there any more"):
        run.arrays["classifier"]


def good_bytes():
    return save({"classifier": np.ones((2, 3))}, metadata())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        b"\0" * 8,
        b"<html>" * 200,
        good_bytes()[:-1],
        good_bytes() + b"x",
        good_bytes()[:100],
        struct.pack("<Q", 2**63) + good_bytes(),
        struct.pack("<Q", 3_000_000) + b"[" * 3_000_000,
        save({"classifier": np.ones(3)}),
        save({"classifier": np.ones(3)}, {"format": "pt"}),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_is_no_run_is_called_damaged(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert "'x.safetensors'" in refusal(path, DamagedFileError)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_whatsoever_does_more_than_refuse(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzz.safetensors"
    content = bytearray(good_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    with suppress(UserError):
        run = read_run(path)
        for name in run.arrays:
            run.arrays[name]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spec": "{"}, "the settings of 'x.safetensors' must be valid JSON"),
        ({"spec": None}, "must be valid JSON"),
        ({"spec": "[]"}, "must be values by name"),
        ({"spec": "[" * 100_000}, "nested less deeply"),
        (
            {"metrics": '{"loss": NaN}'},
            "the metrics of 'x.safetensors' must be valid JSON of finite",
        ),
        ({"metrics": '{"loss": 1e400}'}, "must be finite numbers"),
        ({"metrics": '{"loss": true}'}, "must be finite numbers"),
        ({"metrics": '{"loss": "1"}'}, "must be finite numbers"),
        ({"metrics": f'{{"loss": 1{"0" * 400}}}'}, "must be finite numbers"),
        ({"metrics": f'{{"loss": 1{"0" * 9000}}}'}, "must be valid JSON"),
        ({"metrics": f'{{"{"a" * 1_000_001}": 1}}'}, "at most 1,000,000 characters"),
        ({"provenance": '{"created": 3}'}, "must be text"),
        ({"provenance": None}, "must be valid JSON"),
    ],
)
def test_damaged_metadata_are_refused(tmp_path, changes, message):
    assert message in refusal(write(tmp_path / "x.safetensors", **changes), DamagedFileError)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "Nothing"}, "kind 'Nothing'"),
        ({"kind": None}, "kind ''"),
        ({"kind": "x" * 5000}, "..."),
        ({"schema": "2"}, "schema '2'; this app reads 1"),
        ({"schema": "\x1b[31m"}, "schema"),
        ({"version": "0"}, "version '0' of Toy; this app reads up to 1"),
        ({"version": "2"}, "version '2' of Toy; this app reads up to 1"),
        ({"spec": '{"steps": 0}'}, "settings that are not allowed"),
        ({"spec": '{"steps": 1e9}'}, "settings that are not allowed"),
        ({"spec": '{"other": 1}'}, "settings that are not allowed"),
        ({"spec": '{"steps": 5, "self": 1}'}, "settings that are not allowed"),
    ],
)
def test_what_another_version_wrote_is_refused_but_not_called_damaged(tmp_path, changes, message):
    path = write(tmp_path / "x.safetensors", **changes)
    assert message in refusal(path)
    with pytest.raises(UserError) as caught:
        read_run(path)
    assert not isinstance(caught.value, DamagedFileError)


def test_a_run_of_an_older_version_is_read_with_its_settings_as_they_are_now(tmp_path):
    class Moved(Spec):
        schema_version = 2
        changes: ClassVar = {1: lambda old: {"steps": old["iterations"], "counts": old["counts"]}}
        steps: int = Field(1, le=9)
        counts: tuple[int, ...] = ()

    def stored(fields):
        return write(tmp_path / "x.safetensors", kind="Moved", spec=json.dumps(fields))

    path = stored({"iterations": 7, "counts": [5, 3]})
    assert read_run(path).spec == Moved(steps=7, counts=(5, 3))
    path = stored({"iterations": 10, "counts": []})
    assert "settings that are not allowed" in refusal(path)


def test_arrays_of_other_types_are_refused(tmp_path):
    """The library knows types that NumPy does not."""
    header = {
        "__metadata__": metadata(),
        "x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
    }
    text = json.dumps(header).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 4)
    assert "no plain numbers" in refusal(path, DamagedFileError)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_opened(tmp_path, make):
    make(tmp_path / "x.safetensors")
    assert "cannot be read" in refusal(tmp_path / "x.safetensors")


def test_a_run_of_settings_since_renamed_is_refused(tmp_path):
    class Gone(Spec):
        pass

    write_run(Run(Gone(), {}, {}), tmp_path / "x.safetensors")
    del KINDS["Gone"]
    assert "of kind 'Gone'" in refusal(tmp_path / "x.safetensors")


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_loses_nothing(tmp_path, monkeypatch, step):
    path = tmp_path / "run.safetensors"
    write_run(toy_run(), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(module, "_write_through", full)
    else:
        monkeypatch.setattr(module.os, step, full)
    with pytest.raises(UserError, match=r"cannot be stored .*\(No space left on device\)\.$"):
        write_run(toy_run(Toy(seed=1)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be stored"):
        write_run(toy_run(), tmp_path / "run.safetensors" / "below" / "a" / ("x" * 300))
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be stored"):
        write_run(toy_run(), tmp_path / "file" / "run.safetensors")
