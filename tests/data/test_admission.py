"""Several large uploads at once: one after another, and no more than there is room for."""

import gc
import io
import threading

import numpy as np
import pytest

from app.data import COMMAND_LINE, UploadError, admission, read_upload
from app.data.admission import LARGE, Room
from app.data.limits import MEBIBYTE
from tests.data import upload_files as make


@pytest.fixture
def small_room(monkeypatch):
    """A server with room for one megabyte."""
    found = Room(MEBIBYTE)
    monkeypatch.setattr(admission, "room", lambda: found)
    return found


def test_what_is_in_use_counts_until_it_is_garbage(small_room):
    data = make.npy(np.zeros((1000, 40), np.float32))
    first = read_upload(io.BytesIO(data), "a.npy")
    second = read_upload(io.BytesIO(data), "b.npy")
    assert small_room.held == 320_000
    read_upload(io.BytesIO(data), "c.npy")
    with pytest.raises(
        UploadError, match=r"c.npy: it may need 3 MB .*312.5 kB of the 1 MB for"
    ) as no:
        read_upload(io.BytesIO(make.npy(np.zeros((6000, 40), np.float32))), "c.npy")
    assert ". " not in str(no.value)
    del first, second
    gc.collect()
    assert small_room.held == 0


def test_one_s_own_files_are_not_counted(small_room):
    data = make.npy(np.zeros((20_000, 40), np.float32))
    assert read_upload(io.BytesIO(data), "a.npy", limits=COMMAND_LINE).logits.size
    assert small_room.held == 0


def test_large_files_are_read_one_after_another():
    room, inside, most = Room(2**40), [], []

    def read():
        with room.reading(LARGE):
            inside.append(1)
            most.append(len(inside))
            gate.wait(0.05)
            inside.pop()

    gate = threading.Event()
    jobs = [threading.Thread(target=read) for _ in range(4)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert most == [1] * 4
    assert room.waiting == 0


def test_a_turn_that_does_not_come_is_told_with_the_number():
    room = Room(2**40, patience=0.01)
    with (
        room.reading(LARGE),
        pytest.raises(UploadError, match=r"^1 other large files are being read; try again"),
        room.reading(LARGE),
    ):
        pass


def test_small_files_do_not_wait():
    room = Room(2**40, patience=0.01)
    with room.reading(LARGE), room.reading(LARGE - 1):
        assert room.waiting == 0


def test_a_file_that_fails_gives_its_turn_back():
    room = Room(2**40, patience=0.01)
    for _ in range(3):
        with pytest.raises(UploadError, match="damaged"), room.reading(LARGE):
            raise UploadError("damaged.")
    assert room.waiting == 0


def test_the_share_is_a_quarter_of_what_the_container_may_take(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text("1000000\n")
    monkeypatch.setattr(admission, "_CGROUP", tmp_path / "memory.max")
    assert admission.share.__wrapped__() == 250_000
    (tmp_path / "memory.max").write_text("max\n")
    assert admission.share.__wrapped__() > 250_000
