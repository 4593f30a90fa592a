"""What visitors do: scripts of real actions, each with a name and a pause after it."""

import asyncio
import io
import random
from collections.abc import Awaitable, Callable

import numpy as np

from tests.load.session import Session, visit
from tests.load.tally import Tally

LONGEST = 60.0
"""Seconds after which an action counts as failed."""
PICTURE, CURVES = "live_boundaries", "live_tune"
DROP = "Logits of your classifier on labelled data it was not trained on"
LINKS = (
    ("", ""),
    ("learn", "step=2"),
    ("boundaries", "scene=circle&classes=5&gamma=0.7"),
    ("minority", ""),
    ("compare", ""),
    ("papers", ""),
)
# Long enough to be watched on any machine; it ends with those who watch.
LONG_RUN = "steps=10000000&seed="

Act = Callable[[str, Awaitable[float]], Awaitable[None]]


class Walk:
    """One visitor's walk: notes how long each action took, and thinks after it.

    Parameters
    ----------
    tally : Tally
    chance : random.Random
        The visitor's own.
    think : float
        Mean seconds of a pause.
    """

    def __init__(self, tally: Tally, chance: random.Random, think: float) -> None:
        self._tally, self.chance, self._think = tally, chance, think

    async def act(self, name: str, action: Awaitable[float]) -> None:
        """Do one thing."""
        self._tally.note(name, await action)
        await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self._think)


async def whole_walk(session: Session, walk: Walk) -> None:
    """Open pages from links, commit gammas, switch the metric, upload, train and watch."""
    for page, query in walk.chance.sample(LINKS, 2):
        await walk.act(f"open /{page}", session.open(page, query))
    await walk.act("open /boundaries", session.open("boundaries", "gamma=0.3"))
    for _ in range(3):
        await walk.act("commit gamma", commit(session, walk.chance))
    await walk.act("open /tune", session.open("tune", "data=fashion-lt"))
    for metric in walk.chance.sample(("worst_class", "accuracy", "balanced_accuracy"), 2):
        await walk.act("switch metric", session.choose("Metric", metric_words(metric)))
    name, content = small_file(walk.chance.randrange(10**6))
    await walk.act("upload", session.upload(DROP, name, content))
    seed = walk.chance.randrange(3)
    await walk.act("open /collapse", session.open("collapse", f"{LONG_RUN}{seed}"))
    await walk.act("start a run", session.click("Run"))
    await session.stay(2 * walk.chance.uniform(0.5, 1.5))
    await walk.act("stop the run", session.click("Stop"))


def metric_words(name: str) -> str:
    """A metric as the page's choice has it."""
    from app.ui.tune.words import METRIC_WORDS

    return METRIC_WORDS[name]


async def commit(session: Session, chance: random.Random) -> float:
    """Release the slider gamma of the picture somewhere."""
    gamma = round(chance.uniform(0, 2), 2)
    return await session.commit(PICTURE, {"state": {"gamma": gamma}}, LONGEST)


def small_file(seed: int, samples: int = 400, classes: int = 10) -> tuple[str, bytes]:
    """Logits as a visitor may have them, different with each seed."""
    chance, file = np.random.default_rng(seed), io.BytesIO()
    labels = chance.integers(classes, size=samples)
    logits = chance.normal(size=(samples, classes)) + 2 * np.eye(classes)[labels]
    counts = np.geomspace(1000, 10, classes).astype(int)
    np.savez(file, logits=logits.astype("f4"), labels=labels, class_counts=counts)
    return f"logits-{seed}.npz", file.getvalue()


async def visitors(
    url: str,
    number: int,
    what: Callable[[Session, int], Awaitable[None]],
    tally: Tally,
    first: tuple[str, str] = ("", ""),
    limit: float = 600,
) -> None:
    """Have so many visitors come, do something once all are there, and leave.

    Parameters
    ----------
    url : str
    number : int
    what : callable
        Session and number of the visitor to what it does.
    tally : Tally
        Takes what goes wrong; the others go on.
    first : (str, str)
        Page and query that they open.
    limit : float
        Seconds after which a visitor leaves wherever it is.
    """
    here, go = [0], asyncio.Event()

    async def come(k: int) -> None:
        try:
            async with visit(url, *first) as session:
                here[0] += 1
                await go.wait()
                try:
                    await asyncio.wait_for(what(session, k), limit)
                finally:
                    tally.heard(session)
        except Exception as error:  # whatever it is, the table tells it
            tally.fail(f"visitor {k}", error)
            here[0] += not go.is_set()

    tasks = [asyncio.create_task(come(k)) for k in range(number)]
    while here[0] < number:
        await asyncio.sleep(0.05)
    go.set()
    await asyncio.gather(*tasks)
