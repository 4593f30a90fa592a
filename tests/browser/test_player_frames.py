"""What the player draws in the browser is what Python computed, far finer than its pixels."""

import numpy as np
import pytest

from app.centers import CentersSpec, run
from app.scenes.centers import centers_film
from app.ui.centers.watching import captions_of
from app.ui.modules import DIGEST
from app.ui.player import Landmarks, frames_data, still_data

# Frames as they are kept of what is sent in two parts, and numbers that are not finite as null.
READ = """async ([folder, film, ...parts]) => {
  const { Frames } = await import(`${folder}/player_frames.js`);
  const frames = new Frames(film);
  const taken = parts.map((part) => frames.take(part));
  const lists = frames.list.map((frame) => Object.fromEntries(
    Object.entries(frame).map(([name, numbers]) => [name, [...numbers]])));
  return [taken, frames.steps, lists];
}"""


@pytest.mark.parametrize("loss", ["cosine", "p"])
def test_frames_come_as_they_were_computed(bare_page, loss):
    spec = CentersSpec(counts=(20, 9, 3), loss=loss, steps=400)
    snapshots = list(run(spec))
    film, half = centers_film(spec, snapshots[0], 1), len(snapshots) // 2
    still = still_data(film, captions_of(film), Landmarks(*film.landmarks))
    parts = [
        frames_data(film, snapshots[:half], -1),
        frames_data(film, snapshots[half + 1 :], snapshots[half].step),
        frames_data(film, snapshots[half - 3 :], snapshots[half - 4].step),
    ]
    taken, steps, lists = bare_page.evaluate(READ, [f"/assets/{DIGEST}", still, *parts])
    assert taken == [True, False, True]
    assert steps == [snapshot.step for snapshot in snapshots]
    expected = film.frames(snapshots)
    for name, rows in {"values": expected.values, **expected.drawn}.items():
        found = np.array([frame[name] for frame in lists], float)
        # Differences are below 2 where a picture of 500 pixels shows what is from -1 to 1.
        reach = 0 if name == "values" else 2 / 65534 * max(1, np.nanmax(np.abs(rows)))
        np.testing.assert_allclose(found, rows, rtol=0, atol=reach)
    ends = np.abs(np.array(lists[-1]["logits"]) - film.backdrop["logits"]).max()
    exact = np.abs(expected.drawn["logits"][-1].astype(float) - film.backdrop["logits"]).max()
    assert ends == pytest.approx(exact, rel=1e-6)
