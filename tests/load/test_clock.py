import random

import numpy as np
import pytest

from tests.load.clock import FEED, PICTURE, frame_gaps


def feeds(late, number=50, frames=8, seed=0):
    """Feeds that come when they are due and up to so many milliseconds later."""
    chance, now, found = random.Random(seed), 0.0, []
    for n in range(number):
        found.append((now + chance.uniform(0, late), frames))
        now = FEED * (n + 1)
    return found


def test_frames_of_even_feeds_are_shown_evenly():
    gaps = frame_gaps(feeds(0))
    assert len(gaps) == 399
    assert np.percentile(gaps, 95) < 70
    assert np.mean(gaps) == pytest.approx(50, abs=2)


def test_a_feed_that_is_late_leaves_no_gap():
    assert np.percentile(frame_gaps(feeds(80)), 95) < 80
    assert max(frame_gaps(feeds(80))[20:]) < 120


def test_what_is_in_store_stays_little():
    """All frames are shown, and the last soon after it came."""
    arrivals = feeds(40)
    gaps = frame_gaps(arrivals)
    assert sum(gaps) < arrivals[-1][0] - arrivals[0][0] + 2.5 * FEED


def test_a_run_that_is_quicker_than_the_picture_is_kept_up_with():
    arrivals = feeds(0, frames=60)
    assert sum(frame_gaps(arrivals)) < arrivals[-1][0] + 2 * FEED + 80 * PICTURE
    # A hundred at a time are too many to show: the newest is.
    assert len(frame_gaps(feeds(0, frames=100))) < 75
