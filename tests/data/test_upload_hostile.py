"""Files that are broken, absurd or malicious: each gets one sentence, quickly."""

import io
import re
import time

import numpy as np
import pytest

from app.data import BROWSER, AmbiguousKeys, UploadError, read_features, read_upload
from app.errors import UserError
from app.runs.receive import received
from tests.attack.bad_files import OBJECTS, Y, Z
from tests.attack.uploads import CASES
from tests.data import upload_files as make

EXTENSIONS = ("npz", "npy", "safetensors", "csv", "parquet", "pt")


@pytest.mark.parametrize("case", CASES)
def test_refused_with_one_sentence(case, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    data, says = CASES[case]
    data = data if isinstance(data, bytes) else data()
    for read, expected in ((read_upload, says), (read_features, ""), (received_file, "")):
        start = time.process_time()
        with pytest.raises(UserError) as caught:
            read(io.BytesIO(data), "upload.bin")
        assert time.process_time() - start < 2
        check_sentence(str(caught.value), expected)
    assert not make.CANARY.exists()


def received_file(file, name):
    """Read it as a run that somebody sent, whose messages do not begin with its name."""
    try:
        received(file.getvalue())
    except UserError as error:
        raise UserError(f"{name}: {error}") from error


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("read", [read_upload, read_features])
def test_no_pickle_runs_under_any_name(extension, protocol, read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for data in (
        make.pickled(make.Payload(), protocol),
        make.npy(OBJECTS),
        make.npz(logits=OBJECTS, labels=OBJECTS),
    ):
        with pytest.raises(UploadError):
            read(io.BytesIO(data), f"upload.{extension}")
    assert not make.CANARY.exists()


def check_sentence(message, says):
    assert re.search(says, message), message
    assert message.startswith("upload.bin: ")
    assert message.endswith(".")
    assert ". " not in message
    assert message.isprintable()
    assert len(message) < 300
    for leak in ("allow_pickle", "Traceback", "Error", "<class", "0x7f"):
        assert leak not in message


def test_23_paths_in_an_archive_are_ignored(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = make.archive([("logits.npy", make.npy(Z)), ("../../x.npy", make.npy(Y[:2]))])
    assert read_upload(io.BytesIO(data), "a.npz").labels is None
    assert not list(tmp_path.iterdir())


def test_42_the_size_is_checked_again(tmp_path):
    from dataclasses import replace

    small = replace(BROWSER, file_bytes=100)
    with pytest.raises(UploadError, match=r"too large: at most 0.1 kB, got 0.2 kB"):
        read_upload(io.BytesIO(make.npy(Z)), "a.npy", limits=small)
    path = tmp_path / "a.npy"
    path.write_bytes(make.npy(Z))
    with pytest.raises(UploadError, match="too large"):
        read_upload(path, "a.npy", limits=small)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "<script>alert(1)</script>", "a\nb\x1b[2J", ""]
)
def test_43_a_name_is_only_shown(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = read_upload(io.BytesIO(make.npy(Z)), name).name
    assert shown.isprintable()
    assert shown
    assert not list(tmp_path.iterdir())


def test_43_a_name_that_disagrees_is_noted():
    upload = read_upload(io.BytesIO(make.npy(Z)), "logits.csv")
    assert upload.notes == ("The name ends in .csv, but the content is npy, and was read as such.",)


def test_missing_paths_and_folders(tmp_path):
    for path in (tmp_path / "none.npy", tmp_path):
        with pytest.raises(UploadError, match="no such file"):
            read_upload(path, "a")


def test_ambiguous_names_ask_the_user():
    data = io.BytesIO(make.npz(val=Z, test=-Z))
    with pytest.raises(AmbiguousKeys, match="could be 'val', 'test'; choose one") as caught:
        read_upload(data, "a.npz")
    assert (caught.value.role, caught.value.candidates) == ("logits", ("val", "test"))
    chosen = read_upload(data, "a.npz", keys={"logits": "test"})
    np.testing.assert_array_equal(chosen.logits, -Z)


@pytest.mark.parametrize("keys", [{"logits": "x"}, {"loggits": "logits"}, {"logits": None}])
def test_wrong_choices_are_named(keys):
    with pytest.raises(UploadError, match=r"keys may choose|not there"):
        read_upload(io.BytesIO(make.npz(logits=Z)), "a.npz", keys=keys)
