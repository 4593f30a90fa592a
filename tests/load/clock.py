"""When the player in the browser shows each frame of a feed: the clock of assets/player.js.

The same steps as `follow` there, with a screen of 60 pictures a second.
"""

from collections.abc import Sequence
from itertools import pairwise

PICTURE = 1000 / 60
"""Milliseconds between two pictures of the screen."""
FEED = 400.0
SLOWEST, QUICKEST = 1.2, 0.5
MOST_WAITING = 80


def frame_gaps(arrivals: Sequence[tuple[float, int]]) -> list[float]:
    """Return the times between frames that are shown.

    Parameters
    ----------
    arrivals : sequence of (float, int)
        Milliseconds at which feeds came, and how many frames each had.

    Returns
    -------
    list of float
        Milliseconds; the wait for the second feed, before the player knows its pace, included.
    """
    shown_at: list[float] = []
    waiting, number = 0, 0
    now, due = arrivals[0][0], 0.0
    every, share, last = FEED, 0.0, 0.0
    while number < len(arrivals) or waiting:
        while number < len(arrivals) and arrivals[number][0] <= now:
            came, frames = arrivals[number]
            if number:
                every += 0.2 * (min(came - last, 2 * FEED) - every)
            share = share + 0.2 * (frames - share) if share else float(frames)
            waiting, last, number = waiting + frames, came, number + 1
        if waiting > MOST_WAITING:
            waiting = 0
            shown_at.append(now)
        elif waiting and now >= due:
            pace = every / max(1.0, share)
            due = max(due, now - PICTURE) + pace * _haste(waiting, share)
            waiting -= 1
            shown_at.append(now)
        now += PICTURE
    return [later - sooner for sooner, later in pairwise(shown_at)]


def _haste(waiting: int, share: float) -> float:
    """Slower while less than a feed is in store, quicker while more than two are."""
    return min(SLOWEST, max(QUICKEST, 1.5 * share / waiting))
