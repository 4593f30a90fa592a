"""Streams for computations at a time, told with streams that are only numbers."""

import itertools

import pytest
import torch

from app.device.streams import Lane


@pytest.fixture
def dealt(monkeypatch):
    """As torch does: 32 streams, in turn."""
    numbers = itertools.cycle(range(32))
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: next(numbers))


def test_a_stream_is_no_other_lanes_while_that_lives(dealt):
    first = Lane(torch.device("cuda"))
    for _ in range(100):
        assert Lane(torch.device("cuda"))._stream != first._stream


def test_more_lanes_than_streams_are_refused(dealt):
    lanes = [Lane(torch.device("cuda")) for _ in range(32)]
    assert len({lane._stream for lane in lanes}) == 32
    with pytest.raises(RuntimeError, match="more than 32 computations at a time on cuda"):
        Lane(torch.device("cuda"))
    del lanes[7]
    assert Lane(torch.device("cuda"))._stream == 7
