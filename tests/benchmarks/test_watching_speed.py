"""Sessions that watch a training run: how evenly its frames reach them."""

import asyncio
import statistics
from itertools import pairwise

import numpy as np
import pytest

from app.ui.held import UPDATE_SECONDS
from tests.aio import run
from tests.browser.serving import serving
from tests.load.clock import frame_gaps
from tests.load.session import FEED, visit

SESSIONS = 16
WATCHED_SECONDS = 10.0
# The player shows what a feed brings one frame after another until the next is due.
QUERY = "steps=10000000&seed=4"


async def watch(url, ready, begin):
    async with visit(url, "collapse", QUERY) as session:
        ready.append(1)
        await begin.wait()
        await session.click("Run")
        await session.stay(15 + WATCHED_SECONDS)
        return [arrival for arrival in session.arrivals if arrival.component == FEED]


async def watch_together(url, sessions):
    ready, begin = [], asyncio.Event()
    watchers = [asyncio.create_task(watch(url, ready, begin)) for _ in range(sessions)]
    while len(ready) < sessions:
        await asyncio.sleep(0.1)
        for watcher in watchers:
            if watcher.done():
                watcher.result()
    begin.set()
    return await asyncio.gather(*watchers)


@pytest.mark.parametrize("sessions", [1, 4, SESSIONS])
def test_feeds_arrive_evenly(sessions, tmp_path, benchmark):
    if benchmark.disabled:
        pytest.skip("a study of 25 seconds: make bench")
    with serving(tmp_path / "log.txt") as server:
        feeds = run(watch_together(server.url, sessions))
    late = [[feed for feed in one if feed.when > one[-1].when - WATCHED_SECONDS] for one in feeds]
    gaps = [1e3 * (b.when - a.when) for one in late for a, b in pairwise(one)]
    shown = [gap for one in late for gap in frame_gaps([(1e3 * f.when, f.frames) for f in one])]
    size = statistics.median(feed.size for one in late for feed in one)
    print(
        f"{sessions} sessions: feed of {size / 1e3:.1f} kB every {np.percentile(gaps, 50):.0f} ms "
        f"(95th percentile {np.percentile(gaps, 95):.0f}; asked for {1e3 * UPDATE_SECONDS:.0f}); "
        f"a frame every {np.percentile(shown, 50):.0f} ms ({np.percentile(shown, 95):.0f})"
    )
    benchmark(lambda: None)
    assert len(gaps) > 0.5 * sessions * WATCHED_SECONDS / UPDATE_SECONDS
