"""Sessions that watch a training run: how evenly its frames reach them."""

import asyncio
import statistics
from itertools import pairwise

import pytest

from app.ui.collapse.watching import UPDATE_SECONDS
from tests.browser.serving import serving
from tests.load.session import visit

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
        return [(when, size) for when, name, size in session.arrivals if name.endswith("feed")]


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
        feeds = asyncio.run(watch_together(server.url, sessions))
    late = [[feed for feed in one if feed[0] > one[-1][0] - WATCHED_SECONDS] for one in feeds]
    gaps = sorted(b[0] - a[0] for one in late for a, b in pairwise(one))
    size = statistics.median(size for one in late for _, size in one)
    middle, slow = (1e3 * gaps[int(share * len(gaps))] for share in (0.5, 0.95))
    print(
        f"{sessions} sessions: feed of {size / 1e3:.1f} kB every {middle:.0f} ms "
        f"(95th percentile {slow:.0f}; asked for {1e3 * UPDATE_SECONDS:.0f})"
    )
    benchmark(lambda: None)
    assert len(gaps) > 0.5 * sessions * WATCHED_SECONDS / UPDATE_SECONDS
