"""Tables in a process of their own: the same answers, and a server that outlives its children."""

import io
import os
import signal
import socket
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.data import BROWSER, AmbiguousKeys, UploadError, read_upload, write_template
from app.data.apart import available
from app.data.apart.wire import Answer, Form, Shared, unpack
from tests.data import upload_files as make

pytestmark = pytest.mark.skipif(not available(), reason="tables are parsed here on this system")
HERE = replace(BROWSER, apart=False)
# Imported where there is Linux alone.
if available():
    from app.data.apart import parent
ARRAYS = ("logits", "labels", "class_counts", "split")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_child_reads_what_the_process_itself_would(kind):
    data = write_template(kind)
    apart, here = (read_upload(io.BytesIO(data), "a", limits=limits) for limits in (BROWSER, HERE))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(apart, name), getattr(here, name))
        assert (
            getattr(apart, name) is None or getattr(apart, name).dtype == getattr(here, name).dtype
        )
    assert (apart.class_names, apart.notes, apart.metadata) == (
        here.class_names,
        here.notes,
        here.metadata,
    )
    apart.logits[0] = 0  # is one's own to change


@pytest.mark.parametrize("dtype", ["f2", "f8", "i1", "i8", "u2"])
def test_numbers_of_every_kind_come_over(dtype):
    scores = np.arange(12).reshape(6, 2).astype(dtype)
    data = make.parquet({"a": scores[:, 0], "b": scores[:, 1], "label": [0, 1] * 3})
    upload = read_upload(io.BytesIO(data), "a.parquet")
    np.testing.assert_array_equal(upload.logits, scores)
    assert upload.labels.tolist() == [0, 1] * 3


def test_questions_come_over():
    with pytest.raises(AmbiguousKeys, match="could be 'label', 'target'") as caught:
        read_upload(io.BytesIO(b"a,b,label,target\n1,2,0,1\n"), "a.csv")
    assert (caught.value.role, caught.value.candidates) == ("labels", ("label", "target"))
    keys = {"labels": "target"}
    assert read_upload(io.BytesIO(b"a,b,label,target\n1,2,0,1\n"), "a.csv", keys=keys).labels == [1]


def test_no_child_is_left_behind():
    def children():
        helper = parent._helper()._process.pid
        return Path(f"/proc/{helper}/task/{helper}/children").read_text()

    read_upload(io.BytesIO(write_template("csv")), "a")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        read_upload(io.BytesIO(write_template("csv")), "a")
        with pytest.raises(UploadError):
            read_upload(io.BytesIO(b"a,b\n1,x\n"), "a")
    assert len(os.listdir("/proc/self/fd")) == before
    for _ in range(1000):
        if not children():
            break
    assert not children()


def test_a_helper_that_was_killed_is_replaced():
    read_upload(io.BytesIO(write_template("csv")), "a")
    os.kill(parent._helper()._process.pid, signal.SIGKILL)
    assert read_upload(io.BytesIO(write_template("csv")), "a").logits.shape == (12, 4)


def test_sessions_read_at_once():
    read = []
    jobs = [
        threading.Thread(
            target=lambda: read.append(read_upload(io.BytesIO(write_template("parquet")), "a"))
        )
        for _ in range(8)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [upload.logits.shape for upload in read] == [(12, 4)] * 8


# What a child could do, by the first line of its file, and what the user is told.
FATES = {
    "dies": ("os.kill(os.getpid(), signal.SIGSEGV)", "within the memory and time"),
    "leaves": ("os._exit(0)", "within the memory and time"),
    "hangs": ("signal.pause()", "takes longer than is allowed"),
    "loops": ("[0 for _ in iter(int, 1)]", "within the memory and time"),
    "eats": ("np.ones(2**32)", "takes more memory than is allowed"),
    "shares": ("empty((2**31, 4), np.float64).fill(1)", "within the memory|more memory"),
    "opens": ("[open('/dev/null') for _ in iter(int, 1)].pop()", "within the memory and time"),
    "errs": ("1 / 0", "within the memory and time"),
}
HELPER = """
import os, signal, sys
import numpy as np
from app.data.apart import zygote
def read(source, limits, keys, empty):
    exec(fates[bytes(source.view[:9]).split(b",")[0].decode()])
fates = {fates}
zygote._warm_up()
zygote._warm_up = lambda: None
zygote._READERS["csv"] = read
zygote.main(int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def cursed():
    """A helper whose children misbehave."""
    script = HELPER.replace("{fates}", repr({name: code for name, (code, _) in FATES.items()}))
    helper = parent._Helper(("-c", script))
    yield helper
    helper.stop()


@pytest.mark.parametrize("fate", FATES)
def test_whatever_a_child_does_the_user_gets_one_sentence(fate, cursed, monkeypatch):
    monkeypatch.setattr(parent, "_helper", lambda: cursed)
    monkeypatch.setattr(parent, "_SECONDS", 0)
    monkeypatch.setattr(parent, "_PATIENCE", 0.5 if fate == "hangs" else 30)
    with pytest.raises(UploadError, match=FATES[fate][1]) as caught:
        read_upload(io.BytesIO(f"{fate},b\n1,2\n".encode()), "a.csv")
    assert ". " not in str(caught.value)


def answer(**arrays):
    """Memory with an array of six numbers, and what is said of it."""
    shared = Shared()
    shared.empty((6,), np.int64)[:] = np.arange(6)
    return shared, Answer(arrays=arrays)


HONEST = Form(dtype="<i8", shape=[6], offset=0)


def test_memory_that_may_still_change_is_refused():
    shared, said = answer(a=HONEST)
    with pytest.raises(ValueError, match="not sealed"):
        unpack(said, [shared.descriptor])
    found = unpack(said, [shared.seal()]).entries["a"].load()
    assert found.tolist() == list(range(6))
    os.close(shared.descriptor)


@pytest.mark.parametrize(
    "form",
    [
        Form(dtype="<i8", shape=[7], offset=0),
        Form(dtype="<i8", shape=[1], offset=64),
        Form(dtype="|O", shape=[6], offset=0),
        Form(dtype="<i8", shape=[1, 2, 3], offset=0),
        Form(dtype="<i8", shape=[2**39, 2**39], offset=0),
    ],
)
def test_arrays_that_the_memory_does_not_hold_are_refused(form):
    shared, said = answer(a=form)
    with pytest.raises(ValueError, match="array"):
        unpack(said, [shared.seal()])
    os.close(shared.descriptor)


def test_codes_of_no_text_are_refused():
    shared, said = answer(a=HONEST)
    with pytest.raises(ValueError, match="codes"):
        unpack(said.model_copy(update={"texts": {"a": ["one", "two"]}}), [shared.seal()])
    os.close(shared.descriptor)


@pytest.mark.parametrize("body", [b"{}{", b"[]", b'{"arrays": {"logits": 3}}', b'{"x": 1}'])
def test_answers_of_another_form_are_refused(body):
    with pytest.raises(UploadError, match="damaged"):
        parent._judged(body, [])


def test_an_answer_may_not_be_endless():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((2**40).to_bytes(8, "little"))
        with pytest.raises(ValueError, match="too long"):
            parent.receive(ours)


def test_a_child_knows_no_secrets_of_the_environment(monkeypatch):
    monkeypatch.setenv("COLLAPSE_LAB_SECRET", "1")
    helper = parent._Helper()
    monkeypatch.setattr(parent, "_helper", lambda: helper)
    read_upload(io.BytesIO(write_template("csv")), "a")
    environment = Path(f"/proc/{helper._process.pid}/environ").read_bytes()
    helper.stop()
    assert b"PATH=" in environment
    assert b"SECRET" not in environment
