"""How often the player makes what it sends of a film."""

import pytest
from streamlit.testing.v1 import AppTest

from app.runs.replay import snapshots_of
from app.scenes.film import Film, film_of
from app.ufm import UFMSpec, solve
from app.ufm.prediction import predict

CALLS: list[int] = []


def visit(digest, number):
    from app.ui.once import Origin
    from app.ui.player import player
    from tests.ui.test_player import counted

    film, snapshots = counted()
    player(film, snapshots[:number], "k", of=Origin(digest) if digest else None)


class Counted(Film):
    """A film that notes how many frames it is asked for."""

    def frames(self, snapshots):
        CALLS.append(len(snapshots))
        return super().frames(snapshots)


def counted():
    spec = UFMSpec(counts=(9, 3, 2), dim=4)
    best = solve(spec)
    film = film_of(spec, predict(spec), "theory", best, None)
    return Counted(**vars(film)), snapshots_of(best) * 3


@pytest.mark.parametrize(
    ("digest", "made"), [("a finished run", [2, 3]), (None, [2, 2, 3])], ids=["whole", "live"]
)
def test_frames_of_a_finished_run_are_made_once(digest, made):
    CALLS.clear()
    for number in (2, 2, 3):
        assert not AppTest.from_function(visit, args=(digest, number)).run().exception
    assert made == CALLS
