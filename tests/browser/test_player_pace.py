"""The player's clock in the browser is the one by which the load driver judges feeds."""

import random

import pytest

from app.ui.modules import DIGEST
from tests.load.clock import FEED, PICTURE, frame_gaps

PLAY = """async ([folder, arrivals, picture]) => {
  const { Pace } = await import(`${folder}/player_pace.js`);
  const pace = new Pace();
  const shown = [];
  let [store, number] = [0, 0];
  for (let now = arrivals[0][0]; number < arrivals.length || store; now += picture) {
    for (; number < arrivals.length && arrivals[number][0] <= now; number++) {
      pace.take(...arrivals[number]);
      store += arrivals[number][1];
    }
    if (store > 80) [store] = [0, shown.push(now)];
    else if (store && pace.next(now, store)) [store] = [store - 1, shown.push(now)];
  }
  return shown.slice(1).map((at, n) => at - shown[n]);
}"""


@pytest.mark.parametrize("late", [0, 60, 600])
def test_frames_are_shown_when_the_driver_says(bare_page, late):
    chance = random.Random(late)
    whens = sorted(FEED * n + chance.uniform(0, late) for n in range(60))
    arrivals = [(when, chance.randint(1, 16)) for when in whens]
    found = bare_page.evaluate(PLAY, [f"/assets/{DIGEST}", arrivals, PICTURE])
    expected = frame_gaps(arrivals)
    assert len(found) == len(expected)
    # The browser takes 17 ms for what is 16.7: now and then a picture earlier or later.
    assert sum(found) == pytest.approx(sum(expected), abs=2 * PICTURE)
    near = [abs(a - b) < 1 for a, b in zip(found, expected, strict=True)]
    assert sum(near) > 0.9 * len(near)
