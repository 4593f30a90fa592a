"""The loads: each some visitors who do one thing, and what that has cost, as a row of a table."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from tests.load.clock import frame_gaps
from tests.load.process import Hosting, Process, started
from tests.load.session import FEED, Session, visit
from tests.load.tally import Tally, Usage
from tests.load.walks import DROP, LONG_RUN, LONGEST, Walk, commit, small_file, visitors, whole_walk

Row = dict[str, Any]
# Pages with what opens them as a visitor does; all of them, for the first visit of each.
PAGES = ("", "learn", "boundaries", "collapse", "minority", "centers", "probe", "tune", "compare")
# What a teacher may send to a class, none of it asked for before.
FOLLOWED = (
    ("boundaries", "scene=features&slice=1,3,5"),
    ("boundaries", "scene=circle&classes=11&gamma=0.7"),
    ("boundaries", "scene=sphere&gamma=0.93"),
    ("collapse", "mode=solve&classes=30&ratio=50"),
    ("minority", "classes=8&relu=True"),
    ("centers", "classes=15"),
    ("tune", "data=fashion-lt&metric=worst_class"),
)
LEFT_SECONDS = 10.0
"""How long after the last visitor has gone is looked for what is left of them."""


def row(name: str, sessions: int, tally: Tally, usage: Usage, **more: Any) -> Row:
    """Put together what a load has cost."""
    return {
        "load": name,
        "sessions": sessions,
        "actions": tally.actions(),
        "errors": len(tally.errors),
        "first_error": tally.errors[0] if tally.errors else "",
        **usage.read(),
        **more,
    }


async def warming(server: Process) -> None:
    """Visit each page once, and wait until the server has nothing more to prepare."""
    for page in PAGES:
        async with visit(server.url, page):
            pass
    before, quiet = server.cpu(), 0
    while quiet < 3:
        await asyncio.sleep(0.5)
        now = server.cpu()
        quiet, before = (quiet + 1 if now - before < 0.05 else 0), now


async def walking(server: Process, sessions: int, seconds: float, think: float = 1.0) -> Row:
    """Visitors who walk through the app, from the start again until the time is over."""
    tally, usage, end = Tally(), Usage(server), time.monotonic() + seconds

    async def walk(session: Session, k: int) -> None:
        chance = random.Random(k)
        await asyncio.sleep(chance.uniform(0, min(think, seconds)))
        for _ in count():
            await whole_walk(session, Walk(tally, chance, think))
            if time.monotonic() > end:
                return

    await visitors(server.url, sessions, walk, tally, limit=seconds + LONGEST)
    return row("walk", sessions, tally, usage, **await left(server))


async def committing(
    server: Process | Hosting, sessions: int, seconds: float, page: str = ""
) -> Row:
    """Visitors who release the slider gamma once a second."""
    tally = Tally()
    usage: list[Usage] = []

    async def drag(session: Session, k: int) -> None:
        if not usage:
            usage.append(Usage(server))
        chance = random.Random(k)
        await asyncio.sleep(k / sessions)
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            tally.note("commit gamma", await commit(session, chance))
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - now)))

    await visitors(server.url, sessions, drag, tally, (page, ""))
    behind = f", {len(server.servers)} servers behind nginx" if isinstance(server, Hosting) else ""
    return row(f"commit on /{page}{behind}", sessions, tally, usage[0])


async def following(server: Process, sessions: int) -> Row:
    """A class that opens one link, all at the same time; then another one."""
    tally, usage = Tally(), Usage(server)

    async def come(page: str, query: str) -> None:
        began = time.perf_counter()
        async with visit(server.url, page, query) as session:
            tally.note(f"open /{page}?{query}", time.perf_counter() - began)
        tally.heard(session)

    for link in FOLLOWED:
        found = await asyncio.gather(
            *(come(*link) for _ in range(sessions)), return_exceptions=True
        )
        for problem in found:
            if isinstance(problem, Exception):
                tally.fail("/".join(link), problem)
    return row("follow a link", sessions, tally, usage)


async def watching(server: Process, sessions: int, seconds: float) -> Row:
    """Visitors who watch one training run, and how evenly its frames are shown."""
    tally, usage = Tally(), Usage(server)
    gaps: list[float] = []
    frames = [0]

    async def watch(session: Session, k: int) -> None:
        tally.note("start a run", await session.click("Run"))
        await session.stay(seconds + 3)
        fed = [arrival for arrival in session.arrivals if arrival.component == FEED]
        late = [arrival for arrival in fed if arrival.when > fed[-1].when - seconds]
        for sooner, later in pairwise(late):
            tally.note("feed", later.when - sooner.when)
        frames[0] += sum(arrival.frames for arrival in late)
        gaps.extend(frame_gaps([(1e3 * arrival.when, arrival.frames) for arrival in late]))

    await visitors(server.url, sessions, watch, tally, ("collapse", f"{LONG_RUN}4"))
    if gaps:
        tally.seconds["frame shown"] = [gap / 1e3 for gap in gaps]
    rate = round(frames[0] / sessions / seconds, 1)
    return row("watch a run", sessions, tally, usage, frames_per_second=rate)


async def idling(server: Process, sessions: int, seconds: float) -> Row:
    """Visitors who have opened a page and do nothing."""
    tally, usage, before = Tally(), Usage(server), server.memory()

    async def sit(session: Session, k: int) -> None:
        pages = ("boundaries", "tune", "collapse", "learn")
        tally.note("open a page", await session.open(pages[k % len(pages)]))
        await asyncio.sleep(seconds)

    await visitors(server.url, sessions, sit, tally)
    grown = {"grown_mb": round(server.memory() - before, 1)}
    return row("idle", sessions, tally, usage, **grown)


async def left(server: Process) -> Row:
    """What is left of the visitors that have gone; sessions without one live for two seconds."""
    end = time.monotonic() + LEFT_SECONDS
    held = server.held()
    while (held.get("sessions", 0) or held.get("alive", 0)) and time.monotonic() < end:
        await asyncio.sleep(1)
        held = server.held()
    return {f"left_{name}": number for name, number in held.items()}


async def returning(server: Process, sessions: int, waves: int) -> Row:
    """Waves of visitors who walk without a pause and go: what grows with them."""
    tally, usage, memory, objects = Tally(), Usage(server), [], []
    for wave in range(waves):

        async def walk(session: Session, k: int, wave: int = wave) -> None:
            await whole_walk(session, Walk(tally, random.Random(1000 * wave + k), 0.0))

        await visitors(server.url, sessions, walk, tally)
        held = await left(server)
        memory.append(round(server.memory(), 1))
        objects.append(held.get("left_objects", 0))
    told = {"memory_mb_of_waves": memory, "objects_of_waves": objects, **held}
    return row("waves", sessions, tally, usage, **told)


async def beside(
    server: Process, seconds: float, heavy: str, act: Callable[[str], Awaitable[None]]
) -> Row:
    """Five visitors who commit once a second while one does something heavy."""
    job = asyncio.create_task(act(server.url))
    await asyncio.sleep(1.0)
    found = await committing(server, 5, seconds, "boundaries")
    job.cancel()
    (problem,) = await asyncio.gather(job, return_exceptions=True)
    if isinstance(problem, Exception):
        found["errors"] += 1
        found["first_error"] = found["first_error"] or f"{heavy}: {problem!r}"
    return found | {"load": f"beside {heavy}"}


async def no_job(url: str) -> None:
    """Nothing, to compare with."""


async def large_sweep(url: str) -> None:
    """The largest map of /minority."""
    query = "classes=20&size=40&relu=True&bias=True&dim=40"
    async with visit(url, "minority", query) as session:
        await session.stay(600)  # it begins by itself


async def large_optima(url: str) -> None:
    """The optimum of the largest model of /collapse, again and again."""
    async with visit(url, "collapse", "mode=solve&classes=200&dim=100") as session:
        for k in count():
            await session.open("collapse", f"mode=solve&classes=200&dim=100&ratio={20 + k}")


async def large_upload(url: str) -> None:
    """Files of 200 MB, one after another."""
    _, content = await asyncio.to_thread(small_file, 0, 500_000, 100)
    async with visit(url, "tune") as session:
        for k in count():
            await session.upload(DROP, f"large-{k}.npz", content, 300)


HEAVY: dict[str, Callable[[str], Awaitable[None]]] = {
    "nothing": no_job,
    "the largest sweep": large_sweep,
    "the largest optima": large_optima,
    "an upload of 200 MB": large_upload,
}


def starting(folder: Path) -> Row:
    """Time from the start of a server to its answer, and to the first and second visit of pages."""
    with started(folder) as server:
        tally = Tally()
        usage = Usage(server)
        tally.note("server up", server.seconds)

        async def come() -> None:
            for kind in ("first", "warm"):
                for page in PAGES:
                    began = time.perf_counter()
                    async with visit(server.url, page) as session:
                        tally.note(f"{kind} /{page}", time.perf_counter() - began)
                    tally.heard(session)

        asyncio.run(come())
        return row("start", 1, tally, usage)
